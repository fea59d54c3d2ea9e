using Postfleet.Journal.Common;

namespace Postfleet.Journal.Writing;

/// <summary>Changes the journals' tables as the plugin would: the same rows with the same values.</summary>
internal abstract class JournalWriter : IAsyncDisposable
{
    /// <summary>How many transactions may run side by side.</summary>
    public virtual int Lanes => 1;

    /// <summary>
    /// Does all of it in one transaction, and returns when it is durable. After an exception that is not <see cref="IsOfStorage"/> nothing
    /// was done.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or one of the numbers is taken.</exception>
    public abstract Task CommitAsync(IReadOnlyList<JournalOperation> operations);

    /// <summary>Whether a failure is the storage's, and would meet any other operation, too.</summary>
    public abstract bool IsOfStorage(Exception exception);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
