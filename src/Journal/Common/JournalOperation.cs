using Postfleet.Storage.Commit;

namespace Postfleet.Journal.Common;

/// <summary>A row that is to be written to a journal.</summary>
/// <param name="PersistenceId">Whose it is.</param>
/// <param name="SequenceNumber">Its number.</param>
/// <param name="Created">When it is written, as the plugin counts time.</param>
/// <param name="Message">The event.</param>
/// <param name="Manifest">What it is.</param>
/// <param name="Serializer">Who reads it.</param>
internal readonly record struct NewJournalRow(
    string PersistenceId, long SequenceNumber, long Created, byte[] Message, string Manifest, int Serializer);

/// <summary>What one entity wants of a journal, all of it or nothing. It is done when that is durable.</summary>
internal abstract class JournalOperation(string table)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IGroupOperation
{
    /// <summary>The journal's table.</summary>
    public string Table => table;

    /// <inheritdoc/>
    public virtual long Weight => 0;

    /// <summary>True: no caller gives an operation up.</summary>
    public bool TryClaim() => true;

    /// <inheritdoc/>
    public void Complete() => SetResult();

    /// <inheritdoc/>
    public void Fail(WriteFailure failure) => TrySetException(failure.Cause);
}

/// <summary>Rows of one entity.</summary>
/// <param name="table">The journal's table.</param>
/// <param name="rows">The rows, one at least.</param>
internal sealed class JournalWrite(string table, IReadOnlyList<NewJournalRow> rows) : JournalOperation(table)
{
    /// <summary>The rows.</summary>
    public IReadOnlyList<NewJournalRow> Rows => rows;

    public override long Weight { get; } = rows.Sum(row => (long)row.Message.Length);
}

/// <summary>
/// Deletes an entity's rows up to a number. The last row of all stays, so that its number is never given again; if it is to be deleted it
/// is marked, as the plugin does, and loses its event.
/// </summary>
internal sealed class JournalDeletion(string table, string persistenceId, long upTo) : JournalOperation(table)
{
    /// <summary>Whose rows.</summary>
    public string PersistenceId => persistenceId;

    /// <summary>The last number that goes.</summary>
    public long UpTo => upTo;
}
