using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Sqlite;

public sealed class SqliteStoreTests() : StoreContract(new SqlitePlace());

public sealed class SqliteSettleTests() : SettleContract(new SqlitePlace());

public sealed class SqliteReportTests() : ReportContract(new SqlitePlace());

public sealed class SqliteOutcomeTests() : OutcomeContract(new SqlitePlace());

public sealed class SqliteSweepTests() : SweepContract(new SqlitePlace());

public sealed class SqliteCaptureTests() : CaptureContract(new SqlitePlace());
