using Npgsql;
using Postfleet.Core.Units;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Opens connections of one pool and limits how often an unavailable server is tried. After a failure, callers fail at once until a pause
/// has passed. Otherwise a thousand waiting writes would flood a starting server. The spool's writers and readers call it. Thread-safe.
/// </summary>
public sealed class ConnectionGate(PostgresPool pool, TimeProvider time)
{
    /// <summary>The first pause. Each further failure doubles it.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause, which is also the longest wait of mail after the server has recovered.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TimeSpan _pause = TimeSpan.Zero;
    private long _failedAt;
    private Exception? _failure;

    /// <summary>Opens a connection.</summary>
    /// <exception cref="NpgsqlException">The server does not answer, or a pause after its last failure has not passed.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        ThrowIfPaused();
        try
        {
            var connection = await pool.OpenAsync(cancellationToken);
            if (Volatile.Read(ref _failure) is not null) RecordSuccess();
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            RecordFailure(e);
            throw;
        }
    }

    /// <inheritdoc cref="PostgresPool.Note"/>
    public void Note(Exception failure) => pool.Note(failure);

    /// <summary>
    /// Runs statements that write. Where the server has become a standby since the connection was opened, new connections go to the new
    /// primary.
    /// </summary>
    /// <param name="action">The statements, on a connection of this gate.</param>
    public async Task<T> NotedAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            Note(e);
            throw;
        }
    }

    /// <inheritdoc cref="PostgresPool.Clear"/>
    public void Clear() => pool.Clear();

    private void ThrowIfPaused()
    {
        if (Volatile.Read(ref _failure) is null) return;
        lock (_lock)
        {
            if (_failure is { } failure && time.GetElapsedTime(_failedAt) < _pause)
                throw new NpgsqlException($"the database server is not tried again yet; its last failure: {failure.Message}", failure);
        }
    }

    private void RecordFailure(Exception failure)
    {
        lock (_lock)
        {
            // Failures within one pause count once.
            if (_failure is not null && time.GetElapsedTime(_failedAt) < _pause) return;
            _pause = ExponentialPause.Next(_pause, FirstPause, MaxPause);
            _failedAt = time.GetTimestamp();
            _failure = failure;
        }
    }

    private void RecordSuccess()
    {
        lock (_lock)
        {
            _pause = TimeSpan.Zero;
            _failure = null;
        }
    }
}
