namespace Postfleet.Spool.Tests.Contract;

public sealed class MemoryStoreTests() : StoreContract(new MemoryPlace());

public sealed class MemoryKeyTests() : KeyContract(new MemoryPlace());

public sealed class MemorySettleTests() : SettleContract(new MemoryPlace());

/// <summary>The contract about moves.</summary>
public sealed class MemoryMoveTests() : MoveContract(new MemoryPlace());

public sealed class MemoryReportTests() : ReportContract(new MemoryPlace());

public sealed class MemorySweepTests() : SweepContract(new MemoryPlace());

public sealed class MemoryScanTests() : ScanContract(new MemoryPlace());
