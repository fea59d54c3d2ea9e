namespace Postfleet.Node.Cluster;

/// <summary>A row that is to be written to the journal.</summary>
/// <param name="PersistenceId">Whose it is.</param>
/// <param name="SequenceNumber">Its number.</param>
/// <param name="Created">When it is written, as the plugin counts time.</param>
/// <param name="Message">The event.</param>
/// <param name="Manifest">What it is.</param>
/// <param name="Serializer">Who reads it.</param>
internal readonly record struct NewJournalRow(string PersistenceId, long SequenceNumber, long Created, byte[] Message, string Manifest, int Serializer);

/// <summary>Rows of one entity that are written together or not at all. It is done when they are durable.</summary>
internal sealed class JournalWrite(IReadOnlyList<NewJournalRow> rows) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The rows, one at least.</summary>
    public IReadOnlyList<NewJournalRow> Rows => rows;
}

/// <summary>Writes rows to the journal of the queues, as the plugin would: same table, same values.</summary>
internal abstract class JournalWriter : IAsyncDisposable
{
    /// <summary>How many transactions may run side by side.</summary>
    public virtual int Lanes => 1;

    /// <summary>Writes all rows in one transaction, and returns when it is durable. After an exception that is not <see cref="IsOfStorage"/> nothing was written.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or one of the numbers is taken.</exception>
    public abstract Task InsertAsync(IReadOnlyList<JournalWrite> writes);

    /// <summary>Whether a failure is the storage's, and would meet any other rows, too.</summary>
    public abstract bool IsOfStorage(Exception exception);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
