using Postfleet.Journal.Common;

namespace Postfleet.Journal.Writing;

/// <summary>
/// Writes to the journals' tables the same rows and values as Akka.Persistence.Sql would. <see cref="JournalCommit"/> owns it and calls it
/// from a task for each lane.
/// </summary>
internal abstract class JournalWriter : IAsyncDisposable
{
    /// <summary>How many transactions may run concurrently.</summary>
    public virtual int Lanes => 1;

    /// <summary>Increases when the database has lost changes. Operations that were queued before must not be run.</summary>
    public virtual long Epoch => 0;

    /// <summary>
    /// Runs the operations in one transaction and returns when it is durable. After an exception without <see cref="IsOfStorage"/> nothing
    /// was changed.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or a sequence number exists already.</exception>
    public abstract Task CommitAsync(IReadOnlyList<JournalOperation> operations);

    /// <summary>Whether the storage as a whole has failed and any other operation would fail too.</summary>
    public abstract bool IsOfStorage(Exception exception);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
