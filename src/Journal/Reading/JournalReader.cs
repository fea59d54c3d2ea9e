using Akka.Actor.Setup;
using Postfleet.Journal.Common;
using Postfleet.Journal.Writing;

namespace Postfleet.Journal.Reading;

/// <summary>A row of the journal.</summary>
/// <param name="SequenceNumber">Its sequence number.</param>
/// <param name="Created">The time of the write in ticks, as Akka.Persistence.Sql stores it.</param>
/// <param name="Message">The serialized event.</param>
/// <param name="Manifest">The serializer's manifest of the event.</param>
/// <param name="Serializer">The id of the serializer. Every row of this program has an id; null comes from foreign rows.</param>
internal sealed record JournalRow(long SequenceNumber, long Created, byte[] Message, string Manifest, int? Serializer);

/// <summary>The highest sequence number of an entity, read before its events.</summary>
/// <param name="Number">The lower bound, exclusive, for the number of the next row.</param>
/// <param name="HasRows">Whether the number belongs to the entity's last row; otherwise it is the floor for entities without rows.</param>
internal readonly record struct HighestNumber(long Number, bool HasRows);

/// <summary>
/// Reads the journals with two statements through the unique index. <see cref="Plugin.GroupCommitJournal"/> calls it. Thread-safe.
/// </summary>
internal abstract class JournalReader
{
    // The highest number is the last entry of the unique index. With max(), PostgreSQL would read all rows of an entity when its statistics
    // promise a single row for each.
    private static readonly Dictionary<string, (string Highest, string Events)> Texts = JournalSchema.EventTables
        .ToDictionary(table => table, table => (
        $"""
        SELECT (SELECT sequence_number FROM {table} WHERE persistence_id = @id ORDER BY persistence_id DESC, sequence_number DESC LIMIT 1),
          {(table == JournalSchema.QueueTable ? $"(SELECT number FROM {JournalSchema.FloorTable} WHERE journal = '{table}')" : "CAST(0 AS bigint)")}
        """,
        $"""
        SELECT sequence_number, created, message, manifest, identifier FROM {table}
        WHERE persistence_id = @id AND sequence_number >= @from AND sequence_number <= @to AND NOT deleted
        ORDER BY sequence_number LIMIT @max
        """));

    /// <summary>Reads the highest number of an entity's rows, or the floor when it has no rows.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    public abstract Task<HighestNumber> ReadHighestAsync(string table, string persistenceId, CancellationToken cancellationToken);

    /// <summary>Reads the events of an entity, lowest number first.</summary>
    /// <param name="table">The journal's table.</param>
    /// <param name="persistenceId">The persistence id of the entity.</param>
    /// <param name="from">The first number.</param>
    /// <param name="to">The last number.</param>
    /// <param name="max">Most rows.</param>
    /// <param name="onRow">Called for each row, never concurrently.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    public abstract Task ReadAsync(string table, string persistenceId, long from, long to, long max, Action<JournalRow> onRow);

    /// <summary>The statement for the highest number of an entity.</summary>
    internal static string Highest(string table) => Texts[table].Highest;

    /// <summary>The statement for the events of an entity. A row marked as deleted only keeps the highest number and is skipped.</summary>
    protected static string Events(string table) => Texts[table].Events;
}

/// <summary>Passes reader, writer and clock to the journal, which Akka creates by its class name.</summary>
internal sealed class JournalAccessSetup(JournalReader reader, JournalCommit commit, TimeProvider time) : Setup
{
    /// <summary>The clock for the times in rows.</summary>
    public TimeProvider Time => time;

    /// <summary>The group commit for writes and deletions.</summary>
    public JournalCommit Commit => commit;

    /// <summary>The reader.</summary>
    public JournalReader Reader => reader;
}
