using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

public sealed class PostgresStoreTests() : StoreContract(new EnginePlace(new PostgresPlace()));

public sealed class PostgresKeyTests() : KeyContract(new EnginePlace(new PostgresPlace()));

public sealed class PostgresKeyFaultTests() : KeyFaultContract(new PostgresPlace());

public sealed class PostgresSettleTests() : SettleContract(new EnginePlace(new PostgresPlace()));

/// <summary>The contract about moves.</summary>
public sealed class PostgresMoveTests() : MoveContract(new EnginePlace(new PostgresPlace()));

public sealed class PostgresReportTests() : ReportContract(new EnginePlace(new PostgresPlace()));

public sealed class PostgresOutcomeTests() : OutcomeContract(new PostgresPlace());

public sealed class PostgresSweepTests() : SweepContract(new EnginePlace(new PostgresPlace()));

public sealed class PostgresCaptureTests() : CaptureContract(new PostgresPlace());

public sealed class PostgresDamageTests() : DamageContract(new PostgresPlace());

public sealed class PostgresHistoryTests() : HistoryContract(new PostgresPlace());

public sealed class PostgresHistorySearchTests() : HistorySearchContract(new PostgresPlace());

public sealed class PostgresScanTests() : ScanContract(new EnginePlace(new PostgresPlace()));

/// <summary>The contract about users.</summary>
public sealed class PostgresUserTests() : NamedRowContract(new PostgresPlace(), "mail_user");

public sealed class PostgresSigningKeyTests() : NamedRowContract(new PostgresPlace(), "signing_key");

public sealed class PostgresTlsPolicyTests() : TlsPolicyContract(new PostgresPlace());

public sealed class PostgresReportCountTests() : ReportCountContract(new PostgresPlace());

/// <summary>What destinations have learned, on PostgreSQL.</summary>
public sealed class PostgresSiteStateTests() : SiteStateContract(new PostgresPlace());

/// <summary>The contract about limits.</summary>
public sealed class PostgresBudgetTests() : BudgetContract(new PostgresPlace());

public sealed class PostgresGreylistTests() : GreylistContract(new PostgresPlace());

/// <summary>The contract about the suppression list.</summary>
public sealed class PostgresSuppressionTests() : SuppressionContract(new PostgresPlace());
