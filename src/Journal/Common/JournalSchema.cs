using Postfleet.Storage.Schema;

namespace Postfleet.Journal.Common;

/// <summary>
/// The schema of the journals. The tables have the layout of Akka.Persistence.Sql 1.5.73, but its initialization is not used: two nodes
/// starting at once conflict over CREATE, it retries without a pause while the database is unavailable, and it has no versions. Its
/// existing tables are used unchanged.
/// </summary>
/// <remarks>
/// All statements select rows by persistence id and sequence number, through the unique index. The other indexes of Akka.Persistence.Sql
/// serve queries over all entities. This program makes none of these queries, and each index adds cost to every write and every delete.
/// </remarks>
internal static class JournalSchema
{
    /// <summary>The events of the queues.</summary>
    public const string QueueTable = "journal";

    /// <summary>The events of the sharding.</summary>
    public const string ShardingTable = "sharding_journal";

    /// <summary>The table of the floor (<see cref="JournalFloor"/>).</summary>
    public const string FloorTable = "journal_floor";

    /// <summary>
    /// The advisory lock shared by writes to the queues' journal and held exclusively by a sweep. Each write is committed before a sweep or
    /// begins after it. "pjournal" in ASCII.
    /// </summary>
    public const string SweepLock = "8100409430000951660";

    /// <summary>The event tables. Each needs the unique index as a fence against stale owners.</summary>
    public static readonly string[] EventTables = [QueueTable, ShardingTable];

    private const string SnapshotTable = "sharding_snapshot";

    /// <summary>The plan for PostgreSQL.</summary>
    public static SchemaPlan Postgres { get; } = new("journal",
    [
        new(1, "tables journal, sharding_journal, sharding_snapshot where missing",
            string.Concat(EventTables.Select(PostgresEvents)) +
            $"""
            CREATE TABLE IF NOT EXISTS {SnapshotTable} (
              persistence_id  text NOT NULL,
              sequence_number bigint NOT NULL,
              created         bigint NOT NULL,
              snapshot        bytea,
              manifest        text,
              serializer_id   integer,
              CONSTRAINT "PK_{SnapshotTable}" PRIMARY KEY (persistence_id, sequence_number)
            );
            """),
        new(2, "no indexes that nothing asks for; tables swept often",
            DropIndexes + string.Concat(EventTables.Select(table =>
                $"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);"))),
        new(3, "a fence that holds where a checkpoint has deleted rows", Fence),
        new(4, "a fence that reads no more for a queue with many rows", FlatFence),
        new(5, "a fence that holds where the rows of a queue are gone", Floor("text", "bigint") + FloorFence),
    ]);

    /// <summary>The plan for SQLite.</summary>
    public static SchemaPlan Sqlite { get; } = new("journal",
    [
        new(1, "tables journal, sharding_journal, sharding_snapshot where missing",
            string.Concat(EventTables.Select(SqliteEvents)) +
            $"""
            CREATE TABLE IF NOT EXISTS {SnapshotTable} (
              persistence_id  NVarChar(255) NOT NULL,
              sequence_number INTEGER NOT NULL,
              created         INTEGER NOT NULL,
              snapshot        VarBinary NULL,
              manifest        NVarChar(500) NULL,
              serializer_id   INTEGER NULL,
              CONSTRAINT PK_{SnapshotTable} PRIMARY KEY (persistence_id, sequence_number)
            );
            """),
        new(2, "no indexes that nothing asks for", DropIndexes),
        new(3, "numbers that go on where the rows of a queue are gone", Floor("NVarChar(255)", "INTEGER")),
    ]);

    /// <summary>
    /// The unique key alone would let a long-frozen owner write under a number freed by a checkpoint of the next owner. The highest number
    /// of a queue is never freed, so the trigger compares with it. The error has the code of a duplicate key.
    /// </summary>
    private const string Fence =
        """
        CREATE OR REPLACE FUNCTION journal_fence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.sequence_number <= (SELECT max(sequence_number) FROM journal WHERE persistence_id = NEW.persistence_id) THEN
            RAISE unique_violation USING MESSAGE = format('%s has a number above %s: its owner was replaced', NEW.persistence_id, NEW.sequence_number);
          END IF;
          RETURN NEW;
        END $$;
        DROP TRIGGER IF EXISTS journal_fence ON journal;
        CREATE TRIGGER journal_fence BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_fence();
        """;

    /// <summary>
    /// The same rule as a range at the end of the index, where the rightful owner has no rows. When most queues have only their last row
    /// left, PostgreSQL expects a single row of each queue and computes max() by reading all rows of the queue. Each write of a queue with
    /// many rows then costs more than the write before it. A session keeps its first query plan, perhaps made for an empty table, so
    /// sequential scans are disabled.
    /// </summary>
    private const string FlatFence =
        """
        CREATE OR REPLACE FUNCTION journal_fence() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
        BEGIN
          IF EXISTS (SELECT FROM journal WHERE persistence_id = NEW.persistence_id AND sequence_number >= NEW.sequence_number) THEN
            RAISE unique_violation USING MESSAGE =
              format('%s has the number %s or one above it: its owner was replaced', NEW.persistence_id, NEW.sequence_number);
          END IF;
          RETURN NEW;
        END $$;
        """;

    /// <summary>
    /// The same rule, and a rule for a queue without rows: all its earlier numbers are at or below the floor (<see cref="JournalFloor"/>).
    /// A single statement under the lock reads rows and floor and sees a sweep completely or not at all. A number above the floor needs no
    /// look at the rows. The lock is acquired in an expression, because a statement of its own would cost as much as the query.
    /// </summary>
    private const string FloorFence =
        $"""
        CREATE OR REPLACE FUNCTION journal_fence() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
        DECLARE
          locked text := pg_advisory_xact_lock_shared({SweepLock})::text;
        BEGIN
          IF EXISTS (SELECT FROM journal WHERE persistence_id = NEW.persistence_id AND sequence_number >= NEW.sequence_number)
            OR NEW.sequence_number <= (SELECT number FROM {FloorTable} WHERE journal = '{QueueTable}') AND (
              SELECT sequence_number FROM journal WHERE persistence_id = NEW.persistence_id ORDER BY persistence_id DESC, sequence_number DESC LIMIT 1) IS NULL THEN
            RAISE unique_violation USING MESSAGE =
              format('%s has had the number %s or one above it: its owner was replaced', NEW.persistence_id, NEW.sequence_number);
          END IF;
          RETURN NEW;
        END $$;
        """;

    private static string Floor(string text, string integer) =>
        $"""
        CREATE TABLE IF NOT EXISTS {FloorTable} (journal {text} NOT NULL PRIMARY KEY, number {integer} NOT NULL);
        INSERT INTO {FloorTable} (journal, number) VALUES ('{QueueTable}', 0) ON CONFLICT (journal) DO NOTHING;
        """;

    private static string DropIndexes => string.Concat(EventTables.Append(SnapshotTable).Select(table =>
        $"DROP INDEX IF EXISTS {table}_created_idx; DROP INDEX IF EXISTS {table}_sequence_number_idx;"));

    // The second statement repairs a table left without its index by a process that ended in between.
    private static string PostgresEvents(string table) =>
        $"""
        CREATE TABLE IF NOT EXISTS {table} (
          ordering        bigint GENERATED ALWAYS AS IDENTITY,
          created         bigint NOT NULL,
          deleted         boolean NOT NULL,
          persistence_id  text NOT NULL,
          sequence_number bigint NOT NULL,
          message         bytea NOT NULL,
          tags            text,
          manifest        text,
          identifier      integer,
          CONSTRAINT "PK_{table}" PRIMARY KEY (ordering),
          CONSTRAINT {table}_uq UNIQUE (persistence_id, sequence_number)
        );
        CREATE UNIQUE INDEX IF NOT EXISTS {table}_uq ON {table} (persistence_id, sequence_number);
        """;

    private static string SqliteEvents(string table) =>
        $"""
        CREATE TABLE IF NOT EXISTS {table} (
          ordering        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
          created         INTEGER NOT NULL,
          deleted         Bit NOT NULL,
          persistence_id  NVarChar(255) NOT NULL,
          sequence_number INTEGER NOT NULL,
          message         VarBinary NOT NULL,
          tags            NVarChar(100) NULL,
          manifest        NVarChar(500) NULL,
          identifier      INTEGER NULL
        );
        CREATE UNIQUE INDEX IF NOT EXISTS {table}_uq ON {table} (persistence_id, sequence_number);
        """;
}
