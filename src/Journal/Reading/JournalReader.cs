using Akka.Actor.Setup;
using Postfleet.Journal.Common;
using Postfleet.Journal.Writing;

namespace Postfleet.Journal.Reading;

/// <summary>A row of the journal.</summary>
/// <param name="SequenceNumber">Its number.</param>
/// <param name="Created">When it was written, as the plugin counts time.</param>
/// <param name="Message">The event.</param>
/// <param name="Manifest">What it is.</param>
/// <param name="Serializer">Who reads it; null in no row that was written here.</param>
internal sealed record JournalRow(long SequenceNumber, long Created, byte[] Message, string Manifest, int? Serializer);

/// <summary>What a journal says of an entity before its events are read.</summary>
/// <param name="Number">The number that its next row is to be above.</param>
/// <param name="HasRows">Whether the number is that of its last row; else it is the floor of all entities without rows.</param>
internal readonly record struct JournalEnd(long Number, bool HasRows);

/// <summary>Reads the journals: two statements by their unique index. Of any number of threads.</summary>
internal abstract class JournalReader
{
    // The highest number is the last entry of the unique index. With max(), PostgreSQL reads all rows of an entity where it expects one row
    // of each.
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

    /// <summary>The highest number that was given to an entity, or the one below which no entity begins.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    public abstract Task<JournalEnd> ReadHighestAsync(string table, string persistenceId, CancellationToken cancellationToken);

    /// <summary>Reads the events of an entity, lowest number first.</summary>
    /// <param name="table">The journal's table.</param>
    /// <param name="persistenceId">Whose.</param>
    /// <param name="from">The first number.</param>
    /// <param name="to">The last number.</param>
    /// <param name="max">Most rows.</param>
    /// <param name="take">Takes each row, one at a time.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    public abstract Task ReadAsync(string table, string persistenceId, long from, long to, long max, Action<JournalRow> take);

    /// <summary>The statement for the highest number of an entity.</summary>
    internal static string Highest(string table) => Texts[table].Highest;

    /// <summary>The statement for the events of an entity. Deletion leaves the last row, marked: it keeps the number.</summary>
    protected static string Events(string table) => Texts[table].Events;
}

/// <summary>Brings the ways in and out to the journal, which Akka makes by its name.</summary>
internal sealed class JournalAccessSetup(JournalReader reader, JournalCommit commit, TimeProvider time) : Setup
{
    /// <summary>The clock that rows have their time from.</summary>
    public TimeProvider Time => time;

    /// <summary>Writes and deletes.</summary>
    public JournalCommit Commit => commit;

    /// <summary>The reader.</summary>
    public JournalReader Reader => reader;
}
