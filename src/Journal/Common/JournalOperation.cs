using Postfleet.Storage.Commit;

namespace Postfleet.Journal.Common;

/// <summary>A row to be written to a journal.</summary>
/// <param name="PersistenceId">The persistence id of its entity.</param>
/// <param name="SequenceNumber">Its sequence number.</param>
/// <param name="Created">The time of the write in ticks, as Akka.Persistence.Sql stores it.</param>
/// <param name="Message">The serialized event.</param>
/// <param name="Manifest">The serializer's manifest of the event.</param>
/// <param name="Serializer">The id of the serializer.</param>
internal readonly record struct NewJournalRow(
    string PersistenceId, long SequenceNumber, long Created, byte[] Message, string Manifest, int Serializer);

/// <summary>An entity's change to a journal, atomic. The task ends when the change is durable.</summary>
internal abstract class JournalOperation(string table)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IGroupOperation
{
    /// <summary>The journal's table.</summary>
    public string Table => table;

    /// <inheritdoc/>
    public virtual long Weight => 0;

    /// <summary>Always true: callers never cancel an operation.</summary>
    public bool TryClaim() => true;

    /// <inheritdoc/>
    public void Complete() => SetResult();

    /// <inheritdoc/>
    public void Fail(WriteFailure failure) => TrySetException(failure.Cause);
}

/// <summary>Writes rows of an entity.</summary>
/// <param name="table">The journal's table.</param>
/// <param name="rows">The rows, at least one.</param>
internal sealed class JournalWrite(string table, IReadOnlyList<NewJournalRow> rows) : JournalOperation(table)
{
    /// <summary>The rows.</summary>
    public IReadOnlyList<NewJournalRow> Rows => rows;

    public override long Weight { get; } = rows.Sum(row => (long)row.Message.Length);
}

/// <summary>
/// Deletes an entity's rows up to a sequence number. The row with the highest number is kept: its number must never be assigned again. If
/// it is among the deleted rows it is marked as deleted, as Akka.Persistence.Sql does, and its event is cleared.
/// </summary>
internal sealed class JournalDeletion(string table, string persistenceId, long upTo) : JournalOperation(table)
{
    /// <summary>The persistence id of the entity.</summary>
    public string PersistenceId => persistenceId;

    /// <summary>The highest sequence number to delete.</summary>
    public long UpTo => upTo;
}
