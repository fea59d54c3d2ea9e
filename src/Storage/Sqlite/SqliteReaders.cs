using System.Collections.Concurrent;

namespace Postfleet.Storage.Sqlite;

/// <summary>
/// Owns at most four read connections of a file, opened on demand. In WAL mode readers and the writer do not wait for each other. The spool
/// and the journal call it from any thread.
/// </summary>
public sealed class SqliteReaders(Func<SqliteSession> open) : IAsyncDisposable
{
    private const int Most = 4;

    private readonly SemaphoreSlim _free = new(Most, Most);
    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private bool _closed;

    /// <summary>
    /// Runs a query on the thread pool, because reading an uncached page blocks the thread and the caller may be an actor.
    /// </summary>
    public async ValueTask<T> RunAsync<T>(Func<SqliteSession, T> query, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return await Task.Run(() => Run(query), cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for running queries, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Most; i++) await _free.WaitAsync();
        _closed = true;
        while (_idle.TryTake(out var session)) session.Dispose();
        _free.Release(Most);
    }

    private T Run<T>(Func<SqliteSession, T> query)
    {
        var session = _idle.TryTake(out var idle) ? idle : open();
        var healthy = false;
        try
        {
            var answer = query(session);
            healthy = true;
            return answer;
        }
        finally
        {
            // After an error the next query opens a new connection.
            if (healthy) _idle.Add(session);
            else session.Dispose();
        }
    }
}
