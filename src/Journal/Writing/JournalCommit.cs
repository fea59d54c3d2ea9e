using System.Diagnostics;
using Postfleet.Journal.Common;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Journal.Writing;

/// <summary>
/// The group commit of the journals: simultaneous changes of queues and shards share a transaction. Akka.Persistence.Sql batches writes
/// too, but builds the text of each statement anew with the rows in it, which costs more than the write itself (docs/benchmarks.md).
/// <see cref="Plugin.GroupCommitJournal"/> calls it. Thread-safe.
/// </summary>
internal sealed class JournalCommit : GroupCommit<JournalOperation>
{
    /// <summary>Most queued operations: every queue of a node may have one operation in progress.</summary>
    public const int Capacity = 1_000_000;

    private readonly JournalWriter _writer;
    private int _disposed;

    public JournalCommit(JournalWriter writer)
        : base(writer.Lanes, new GroupCommitLimits { BatchOperations = 400, BatchBytes = 4 << 20, QueuedOperations = Capacity })
    {
        _writer = writer;
        Start();
    }

    /// <summary>Writes rows of an entity; the task ends when they are durable. Calls of an entity are executed in order.</summary>
    /// <param name="table">The journal's table.</param>
    /// <param name="rows">The rows, at least one.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or a sequence number exists already.</exception>
    /// <exception cref="InvalidOperationException">Too many operations are queued, or the journal is closed.</exception>
    public Task WriteAsync(string table, IReadOnlyList<NewJournalRow> rows) => Add(rows[0].PersistenceId, new JournalWrite(table, rows));

    /// <summary>Deletes an entity's rows up to a number.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    /// <exception cref="InvalidOperationException">Too many operations are queued, or the journal is closed.</exception>
    public Task DeleteAsync(string table, string persistenceId, long upTo) =>
        Add(persistenceId, new JournalDeletion(table, persistenceId, upTo));

    /// <summary>Completes the queued operations, then closes the writer.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await base.DisposeAsync();
        await _writer.DisposeAsync();
    }

    protected override async Task CommitAsync(IReadOnlyList<JournalOperation> operations)
    {
        var started = Stopwatch.GetTimestamp();
        await _writer.CommitAsync(operations);
        JournalMetrics.Commits.Committed(operations.Count, Stopwatch.GetElapsedTime(started));
    }

    protected override long Epoch => _writer.Epoch;

    // A full disk counts as a failure of the storage, because queues try again after a pause in any case.
    protected override FailureKind Judge(Exception exception) =>
        _writer.IsOfStorage(exception) ? FailureKind.Storage : FailureKind.Operation;

    private Task Add(string persistenceId, JournalOperation operation)
    {
        if (!TryAdd((uint)persistenceId.GetHashCode(StringComparison.Ordinal), operation))
            operation.SetException(new InvalidOperationException($"the journal is closed, or more than {Capacity} operations are queued"));
        return operation.Task;
    }
}
