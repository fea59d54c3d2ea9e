using Postfleet.Core;
using Postfleet.Storage.Postgres;
using Postfleet.Storage.Schema;

namespace Postfleet.Spool.Postgres;

/// <summary>The tables of the shared spool.</summary>
internal static class PostgresSchema
{
    /// <summary>
    /// Bodies are not compressed (EXTERNAL): they are read once and deleted soon, so compression would cost more than it saves. Rows live
    /// for seconds, so the tables are vacuumed often. The index holds unclaimed parts in the order of ids, which is the order of time.
    /// </summary>
    private const string Tables =
        """
        CREATE TABLE message (
          id          uuid NOT NULL PRIMARY KEY,
          accepted_at timestamptz NOT NULL,
          envelope    bytea NOT NULL,
          body        bytea NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 1.0,
                toast.autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_threshold = 5000);
        ALTER TABLE message ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE TABLE part (
          message_id  uuid NOT NULL,
          queue_key   text COLLATE "C" NOT NULL,
          accepted_at timestamptz NOT NULL,
          recipients  integer NOT NULL,
          handed_off  boolean NOT NULL DEFAULT false,
          reported    integer NOT NULL DEFAULT 0,
          envelope    bytea NOT NULL,
          PRIMARY KEY (message_id, queue_key)
        ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 1.0);
        CREATE INDEX part_unclaimed ON part (message_id, queue_key) WHERE NOT handed_off;
        CREATE TABLE captured (
          message_id   uuid NOT NULL,
          queue_key    text COLLATE "C" NOT NULL,
          captured_at  timestamptz NOT NULL,
          reverse_path text NOT NULL,
          recipients   text[] NOT NULL,
          subject      text NOT NULL,
          size         bigint NOT NULL,
          body         bytea NOT NULL,
          PRIMARY KEY (message_id, queue_key)
        );
        ALTER TABLE captured ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE INDEX captured_at ON captured (captured_at, message_id, queue_key);
        """;

    /// <summary>The notes for reports (<see cref="Common.IReportStore"/>). Rows live for seconds.</summary>
    private const string PendingReports =
        """
        CREATE TABLE pending_report (
          id         bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          message_id uuid NOT NULL,
          noted_at   timestamptz NOT NULL,
          content    bytea NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 1.0);
        CREATE INDEX pending_report_message ON pending_report (message_id);
        """;

    /// <summary>
    /// Events of messages. Partitions are made ahead by <see cref="PostgresHistoryKeeper"/> and dropped whole; the default partition is a
    /// safety net: no insert fails for want of a partition. A block range index instead of B-trees: an insert costs it next to
    /// nothing, and it excludes all but a few ranges from a search. The part's row has the number of the last event without a settlement:
    /// no event is recorded twice. Replies and other facts of an event without use in a search are in one column.
    /// </summary>
    private const string History =
        """
        CREATE TABLE history (
          at              timestamptz NOT NULL,
          message_id      uuid NOT NULL,
          number          integer NOT NULL,
          recipient_index integer NOT NULL,
          kind            smallint NOT NULL,
          stream          text COLLATE "C" NOT NULL,
          domain          text COLLATE "C" NOT NULL,
          recipient       text COLLATE "C" NOT NULL,
          sender          text COLLATE "C" NOT NULL,
          header_id       text COLLATE "C",
          reply           text COLLATE "C",
          details         bytea NOT NULL
        ) PARTITION BY RANGE (at);
        CREATE INDEX history_ranges ON history USING brin (
          at,
          message_id uuid_bloom_ops (n_distinct_per_range = 1000),
          recipient text_bloom_ops (n_distinct_per_range = 1000),
          sender text_bloom_ops (n_distinct_per_range = 1000),
          header_id text_bloom_ops (n_distinct_per_range = 1000),
          domain text_bloom_ops (n_distinct_per_range = 1000)
        ) WITH (pages_per_range = 64);
        CREATE TABLE history_default PARTITION OF history DEFAULT;
        ALTER TABLE part ADD COLUMN recorded integer NOT NULL DEFAULT 0;
        """;

    /// <summary>The idempotency keys of the messages of a day (<see cref="Core.Queueing.IdempotencyKey"/>).</summary>
    private const string Idempotency =
        """
        CREATE TABLE idempotency (
          owner       text COLLATE "C" NOT NULL,
          key         text COLLATE "C" NOT NULL,
          hash        bytea NOT NULL,
          message_id  uuid NOT NULL,
          accepted_at timestamptz NOT NULL,
          PRIMARY KEY (owner, key)
        );
        CREATE INDEX idempotency_accepted_at ON idempotency (accepted_at);
        """;

    /// <summary>The priority, and the time for the delivery (RFC 6710, RFC 2852).</summary>
    private const string Handling =
        """
        ALTER TABLE part ADD COLUMN priority integer NOT NULL DEFAULT 0, ADD COLUMN deliver_by_mode integer NOT NULL DEFAULT 0,
          ADD COLUMN deliver_within integer NOT NULL DEFAULT 0;
        """;

    /// <summary>The seconds from the acceptance to the first attempt.</summary>
    private const string SendTimes = "ALTER TABLE part ADD COLUMN send_after integer NOT NULL DEFAULT 0;";

    /// <summary>
    /// The order of the feed (<see cref="PostgresFeed"/>): each row has the number of its transaction, in the same block range index.
    /// Writers leave a note about late events and events that were not written, and the keeper about dropped events.
    /// </summary>
    private const string Feed =
        """
        ALTER TABLE history ADD COLUMN xact bigint;
        DROP INDEX history_ranges;
        CREATE INDEX history_ranges ON history USING brin (
          at,
          xact,
          message_id uuid_bloom_ops (n_distinct_per_range = 1000),
          recipient text_bloom_ops (n_distinct_per_range = 1000),
          sender text_bloom_ops (n_distinct_per_range = 1000),
          header_id text_bloom_ops (n_distinct_per_range = 1000),
          domain text_bloom_ops (n_distinct_per_range = 1000)
        ) WITH (pages_per_range = 64);
        CREATE TABLE history_note (
          xact       bigint NOT NULL,
          kind       smallint NOT NULL,
          at         timestamptz NOT NULL,
          written_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX history_note_xact ON history_note (xact);
        """;

    /// <summary>
    /// Finer filters for ids and recipients: of the ranges without a recipient, a search reads one in 500 instead of one in 70. With them,
    /// the summary of a range still fits into a page. The first range of an empty table would have a summary, which each insert writes
    /// again.
    /// </summary>
    private const string Filters =
        """
        DROP INDEX history_ranges;
        CREATE INDEX history_ranges ON history USING brin (
          at,
          xact,
          message_id uuid_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.001),
          recipient text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.001),
          sender text_bloom_ops (n_distinct_per_range = 1000),
          header_id text_bloom_ops (n_distinct_per_range = 1000),
          domain text_bloom_ops (n_distinct_per_range = 1000)
        ) WITH (pages_per_range = 64);
        SELECT brin_desummarize_range(indexrelid, 0) FROM pg_index WHERE indrelid = 'history_default'::regclass;
        """;

    /// <summary>How often an operator has moved the part, and its state after the last move.</summary>
    private const string Moves = "ALTER TABLE part ADD COLUMN moves integer NOT NULL DEFAULT 0, ADD COLUMN moved bytea;";

    /// <summary>
    /// The counts of limits (<see cref="Common.IBudgetStore"/>), and the recipients to whom users have sent, by the id of the limit. Days
    /// are counted from 1970; an arrival time is in nanoseconds. <c>known</c> is the number of known recipients. A row changes many times
    /// a day, within its page.
    /// </summary>
    private const string Budgets =
        """
        CREATE TABLE budget (
          id      bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
          name    text COLLATE "C" NOT NULL PRIMARY KEY,
          day     integer NOT NULL,
          granted bigint NOT NULL DEFAULT 0,
          arrival bigint NOT NULL DEFAULT 0,
          epoch   bigint NOT NULL DEFAULT 0,
          known   bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 50);
        CREATE UNIQUE INDEX budget_id ON budget (id);
        CREATE INDEX budget_day ON budget (day);
        CREATE TABLE known_recipient (
          owner     bigint NOT NULL,
          recipient uuid NOT NULL,
          used      integer NOT NULL,
          PRIMARY KEY (owner, recipient)
        );
        CREATE INDEX known_recipient_used ON known_recipient (used);
        """;

    /// <summary>The versions of the tables.</summary>
    public static SchemaPlan Plan { get; } = new(
        "spool",
        [
            new(1, "tables message, part, captured", Tables), new(2, "table pending_report", PendingReports),
            new(3, "table history", History), new(4, "table idempotency", Idempotency),
            new(5, "column send_after of part", SendTimes),
            new(6, "table history_note, order of the feed of events", Feed),
        ])
    {
        FormerAdditions = 2,
        Additions = new(
            "spool additions",
            [
                new(1, "index history_ranges, finer filters", Filters), new(2, "columns moves and moved of part", Moves),
                new(3, "tables mail_user, mail_user_last", PostgresUsers.Table), new(4, "tables budget, known_recipient", Budgets),
                new(5, "table history_takeover", PostgresTakeovers.Table),
                new(6, "columns priority, deliver_by_mode, deliver_within of part", Handling),
                new(7, "table report_count", PostgresReportCounts.Table), new(8, "table greylist", PostgresGreylistText.Table),
                new(9, "table tls_policy", PostgresTlsPolicies.Table), new(10, "table site_state", PostgresSiteStates.Table),
                new(11, "tables signing_key, signing_key_last", PostgresSigningKeys.Table),
                new(12, "tables suppression, suppression_last", PostgresSuppressions.Table),
            ]),
    };

    /// <summary>Runs the missing steps of the schema in a single transaction.</summary>
    /// <returns>A line for each completed step; empty when the schema was up to date.</returns>
    /// <exception cref="StartFailureException">A newer version of the program created the tables.</exception>
    public static async Task<IReadOnlyList<string>> PrepareAsync(PostgresPool pool, CancellationToken cancellationToken)
    {
        await using var connection = await pool.OpenAsync(cancellationToken);
        return await SchemaMigration.RunAsync(connection, SchemaEngine.Postgres, Plan, cancellationToken);
    }
}
