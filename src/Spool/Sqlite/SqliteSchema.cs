using Microsoft.Data.Sqlite;
using Postfleet.Core;
using Postfleet.Storage.Schema;

namespace Postfleet.Spool.Sqlite;

/// <summary>The tables of the embedded spool, and its settings.</summary>
internal static class SqliteSchema
{
    /// <summary>Settings which must precede the first table: the page size of a database cannot change later.</summary>
    public const string Creation = "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;";

    /// <summary>
    /// A checkpoint each 64 MB of log. Most rows are deleted within seconds, so a rare checkpoint writes a page once for a hundred changes
    /// in the log.
    /// </summary>
    public const string LongLog = "PRAGMA wal_autocheckpoint=16384;";

    /// <summary>A checkpoint each 1 MB of log, while space is scarce.</summary>
    public const string ShortLog = "PRAGMA wal_autocheckpoint=256;";

    /// <summary>The writer's settings. FULL: the log is flushed with each commit.</summary>
    public const string Writer =
        "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=134217728; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;" + LongLog;

    /// <summary>A reader's settings.</summary>
    public const string Reader = "PRAGMA query_only=ON; PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY;";

    /// <summary>
    /// Times are microseconds since 1970. A message's row has a rowid: its content can be read in pieces. The index holds
    /// unclaimed parts in the order of ids, which is the order of time (see StoredTime), so its entries come and go at its edges.
    /// </summary>
    private const string Tables =
        """
        CREATE TABLE message (
          id          BLOB NOT NULL PRIMARY KEY,
          accepted_at INTEGER NOT NULL,
          envelope    BLOB NOT NULL,
          body        BLOB NOT NULL
        );
        CREATE TABLE part (
          message_id  BLOB NOT NULL,
          queue_key   TEXT NOT NULL,
          accepted_at INTEGER NOT NULL,
          recipients  INTEGER NOT NULL,
          handed_off  INTEGER NOT NULL DEFAULT 0,
          reported    INTEGER NOT NULL DEFAULT 0,
          envelope    BLOB NOT NULL,
          PRIMARY KEY (message_id, queue_key)
        ) WITHOUT ROWID;
        CREATE INDEX part_unclaimed ON part (message_id, queue_key) WHERE handed_off = 0;
        CREATE TABLE captured (
          message_id   BLOB NOT NULL,
          queue_key    TEXT NOT NULL,
          captured_at  INTEGER NOT NULL,
          reverse_path TEXT NOT NULL,
          recipients   TEXT NOT NULL,
          subject      TEXT NOT NULL,
          size         INTEGER NOT NULL,
          body         BLOB NOT NULL,
          PRIMARY KEY (message_id, queue_key)
        );
        CREATE INDEX captured_at ON captured (captured_at, message_id, queue_key);
        """;

    /// <summary>
    /// The notes for reports (<see cref="Common.IReportStore"/>). AUTOINCREMENT never uses an id twice: the completion of a report names
    /// its rows by their ids.
    /// </summary>
    private const string PendingReports =
        """
        CREATE TABLE pending_report (
          id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
          message_id BLOB NOT NULL,
          noted_at   INTEGER NOT NULL,
          content    BLOB NOT NULL
        );
        CREATE INDEX pending_report_message ON pending_report (message_id);
        """;

    /// <summary>
    /// Events of messages until they are moved to <c>history.db</c>, a row for each transaction; its number is never used twice. The
    /// part's row has the number of the last event without a settlement: no event is recorded twice.
    /// </summary>
    private const string HistoryOutbox =
        """
        CREATE TABLE history_outbox (
          number  INTEGER NOT NULL PRIMARY KEY,
          entries BLOB NOT NULL
        );
        ALTER TABLE part ADD COLUMN recorded INTEGER NOT NULL DEFAULT 0;
        """;

    /// <summary>The idempotency keys of the messages of a day (<see cref="Core.Queueing.IdempotencyKey"/>).</summary>
    private const string Idempotency =
        """
        CREATE TABLE idempotency (
          owner       TEXT NOT NULL,
          key         TEXT NOT NULL,
          hash        BLOB NOT NULL,
          message_id  BLOB NOT NULL,
          accepted_at INTEGER NOT NULL,
          PRIMARY KEY (owner, key)
        ) WITHOUT ROWID;
        CREATE INDEX idempotency_accepted_at ON idempotency (accepted_at);
        """;

    /// <summary>The seconds from the acceptance to the first attempt.</summary>
    private const string SendTimes = "ALTER TABLE part ADD COLUMN send_after INTEGER NOT NULL DEFAULT 0;";

    /// <summary>How often an operator has moved the part, and its state after the last move.</summary>
    private const string Moves =
        "ALTER TABLE part ADD COLUMN moves INTEGER NOT NULL DEFAULT 0; ALTER TABLE part ADD COLUMN moved BLOB;";

    /// <summary>The priority, and the time for the delivery (RFC 6710, RFC 2852).</summary>
    private const string Handling =
        """
        ALTER TABLE part ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE part ADD COLUMN deliver_by_mode INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE part ADD COLUMN deliver_within INTEGER NOT NULL DEFAULT 0;
        """;

    /// <summary>
    /// The counts of limits (<see cref="Common.IBudgetStore"/>), and the recipients to whom users have sent, by the id of the limit. Days
    /// are counted from 1970; an arrival time is in nanoseconds. <c>known</c> is the number of known recipients.
    /// </summary>
    private const string Budgets =
        """
        CREATE TABLE budget (
          id      INTEGER NOT NULL PRIMARY KEY,
          name    TEXT NOT NULL UNIQUE,
          day     INTEGER NOT NULL,
          granted INTEGER NOT NULL DEFAULT 0,
          arrival INTEGER NOT NULL DEFAULT 0,
          epoch   INTEGER NOT NULL DEFAULT 0,
          known   INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX budget_day ON budget (day);
        CREATE TABLE known_recipient (
          owner     INTEGER NOT NULL,
          recipient BLOB NOT NULL,
          used      INTEGER NOT NULL,
          PRIMARY KEY (owner, recipient)
        ) WITHOUT ROWID;
        CREATE INDEX known_recipient_used ON known_recipient (used);
        """;

    /// <summary>
    /// What greylisting has seen (<see cref="Common.IGreylistStore"/>): triplets, and networks with sender domains, by hashes. Times are in
    /// microseconds since 1970.
    /// </summary>
    private const string Greylist =
        """
        CREATE TABLE greylist (
          key    BLOB NOT NULL PRIMARY KEY,
          first  INTEGER NOT NULL,
          last   INTEGER NOT NULL,
          passes INTEGER NOT NULL,
          network INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX greylist_unproved ON greylist (first) WHERE passes = 0;
        CREATE INDEX greylist_network ON greylist (network, first) WHERE passes = 0;
        CREATE INDEX greylist_proved ON greylist (last) WHERE passes > 0;
        """;

    /// <summary>The versions of the tables.</summary>
    public static SchemaPlan Plan { get; } = new(
        "spool",
        [
            new(1, "tables message, part, captured", Tables), new(2, "table pending_report", PendingReports),
            new(3, "table history_outbox", HistoryOutbox), new(4, "table idempotency", Idempotency),
            new(5, "column send_after of part", SendTimes),
        ])
    {
        FormerAdditions = 1,
        Additions = new(
            "spool additions",
            [
                new(1, "columns moves and moved of part", Moves), new(2, "tables mail_user, mail_user_last", SqliteUsers.Table),
                new(3, "tables budget, known_recipient", Budgets),
                new(4, "columns priority, deliver_by_mode, deliver_within of part", Handling),
                new(5, "table report_count", SqliteReportCounts.Table),
                new(6, "table greylist", Greylist),
                new(7, "table tls_policy", SqliteTlsPolicies.Table), new(8, "table site_state", SqliteSiteStates.Table),
                new(9, "tables signing_key, signing_key_last", SqliteSigningKeys.Table),
                new(10, "tables suppression, suppression_last", SqliteSuppressions.Table),
            ]),
    };

    /// <summary>Creates the file if it is missing, and runs the missing steps of the schema in a single transaction.</summary>
    /// <returns>A line for each completed step; empty when the schema was up to date.</returns>
    /// <exception cref="StartFailureException">A newer version made the file, it cannot be opened, or it holds tables of no known
    /// version.</exception>
    public static async Task<IReadOnlyList<string>> PrepareAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await PrepareAsync(file, Creation, Plan, cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new StartFailureException($"cannot open the spool '{file}': {e.Message}", e);
        }
    }

    /// <summary>Creates a file with its settings if it is missing, and runs the missing steps of a plan in a single transaction.</summary>
    /// <param name="file">The file.</param>
    /// <param name="creation">The settings that a file keeps for good.</param>
    /// <param name="plan">The versions of the tables.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <returns>A line for each completed step; empty when the schema was up to date.</returns>
    /// <exception cref="StartFailureException">A newer version made the file.</exception>
    /// <exception cref="SqliteException">The file cannot be opened, or is not a database.</exception>
    public static async Task<IReadOnlyList<string>> PrepareAsync(
        string file, string creation, SchemaPlan plan, CancellationToken cancellationToken)
    {
        var address = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false };
        await using var connection = new SqliteConnection(address.ToString());
        await connection.OpenAsync(cancellationToken);
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = creation;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return await SchemaMigration.RunAsync(connection, SchemaEngine.Sqlite, plan, cancellationToken);
    }
}
