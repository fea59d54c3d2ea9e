using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

public sealed class PostgresStoreTests() : StoreContract(new PostgresPlace());

public sealed class PostgresSettleTests() : SettleContract(new PostgresPlace());

public sealed class PostgresReportTests() : ReportContract(new PostgresPlace());

public sealed class PostgresOutcomeTests() : OutcomeContract(new PostgresPlace());

public sealed class PostgresSweepTests() : SweepContract(new PostgresPlace());

public sealed class PostgresCaptureTests() : CaptureContract(new PostgresPlace());
