using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Sqlite;

public sealed class SqliteStoreTests() : StoreContract(new EnginePlace(new SqlitePlace()));

public sealed class SqliteKeyTests() : KeyContract(new EnginePlace(new SqlitePlace()));

public sealed class SqliteKeyFaultTests() : KeyFaultContract(new SqlitePlace());

public sealed class SqliteSettleTests() : SettleContract(new EnginePlace(new SqlitePlace()));

/// <summary>The contract about moves.</summary>
public sealed class SqliteMoveTests() : MoveContract(new EnginePlace(new SqlitePlace()));

public sealed class SqliteReportTests() : ReportContract(new EnginePlace(new SqlitePlace()));

public sealed class SqliteOutcomeTests() : OutcomeContract(new SqlitePlace());

public sealed class SqliteSweepTests() : SweepContract(new EnginePlace(new SqlitePlace()));

public sealed class SqliteCaptureTests() : CaptureContract(new SqlitePlace());

public sealed class SqliteDamageTests() : DamageContract(new SqlitePlace());

public sealed class SqliteHistoryTests() : HistoryContract(new SqlitePlace());

public sealed class SqliteHistorySearchTests() : HistorySearchContract(new SqlitePlace());

public sealed class SqliteFeedTests() : FeedContract(new SqlitePlace());

public sealed class SqliteScanTests() : ScanContract(new EnginePlace(new SqlitePlace()));

/// <summary>The contract about users.</summary>
public sealed class SqliteUserTests() : NamedRowContract(new SqlitePlace(), "mail_user");

public sealed class SqliteSigningKeyTests() : NamedRowContract(new SqlitePlace(), "signing_key");

public sealed class SqliteTlsPolicyTests() : TlsPolicyContract(new SqlitePlace());

public sealed class SqliteReportCountTests() : ReportCountContract(new SqlitePlace());

/// <summary>What destinations have learned, on SQLite.</summary>
public sealed class SqliteSiteStateTests() : SiteStateContract(new SqlitePlace());

/// <summary>The contract about limits.</summary>
public sealed class SqliteBudgetTests() : BudgetContract(new SqlitePlace());

public sealed class SqliteGreylistTests() : GreylistContract(new SqlitePlace());

/// <summary>The contract about the suppression list.</summary>
public sealed class SqliteSuppressionTests() : SuppressionContract(new SqlitePlace());
