using Postfleet.Journal.Common;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Journal.Writing;

/// <summary>
/// The group commit of the journals: what all queues and shards write at the same moment is one transaction. The plugin does as much with
/// writes, but builds the text of each statement anew, with the rows in it, which costs more than writing them (docs/benchmarks.md).
/// Thread-safe.
/// </summary>
internal sealed class JournalCommit : GroupCommit<JournalOperation>
{
    /// <summary>Most operations that wait: every queue of a node may have one under way.</summary>
    public const int Capacity = 1_000_000;

    private readonly JournalWriter _writer;
    private int _disposed;

    public JournalCommit(JournalWriter writer)
        : base(writer.Lanes, new GroupCommitLimits { BatchOperations = 400, BatchBytes = 4 << 20, QueuedOperations = Capacity })
    {
        _writer = writer;
        Start();
    }

    /// <summary>Writes rows of one entity; done when they are durable, in the order of the calls.</summary>
    /// <param name="table">The journal's table.</param>
    /// <param name="rows">The rows, one at least.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or one of the numbers is taken.</exception>
    /// <exception cref="InvalidOperationException">Too many wait, or the journal is closed.</exception>
    public Task WriteAsync(string table, IReadOnlyList<NewJournalRow> rows) => Add(rows[0].PersistenceId, new JournalWrite(table, rows));

    /// <summary>Deletes an entity's rows up to a number.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    /// <exception cref="InvalidOperationException">Too many wait, or the journal is closed.</exception>
    public Task DeleteAsync(string table, string persistenceId, long upTo) =>
        Add(persistenceId, new JournalDeletion(table, persistenceId, upTo));

    /// <summary>Finishes the operations that wait, then closes the writer.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await base.DisposeAsync();
        await _writer.DisposeAsync();
    }

    protected override Task CommitAsync(IReadOnlyList<JournalOperation> operations) => _writer.CommitAsync(operations);

    // A full disk counts as the storage's failure: queues try again after a pause in any case.
    protected override FailureKind Judge(Exception exception) =>
        _writer.IsOfStorage(exception) ? FailureKind.Storage : FailureKind.Operation;

    private Task Add(string persistenceId, JournalOperation operation)
    {
        if (!TryAdd((uint)persistenceId.GetHashCode(StringComparison.Ordinal), operation))
            operation.SetException(new InvalidOperationException($"the journal is closed, or more than {Capacity} operations wait for it"));
        return operation.Task;
    }
}
