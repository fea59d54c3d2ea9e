using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Gives out a pool's connections. A server that is down is asked seldom: after a failure nobody tries for a while, and who comes meanwhile
/// is told so at once. Without it each of a thousand waiting writes would knock on a server that is just coming up. Thread-safe.
/// </summary>
public sealed class ConnectionGate(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>The first pause; it doubles with each failure.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause, and so how long mail waits at most after the server is back.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TimeSpan _pause = TimeSpan.Zero;
    private long _failedAt;
    private Exception? _failure;

    /// <summary>Opens a connection.</summary>
    /// <exception cref="NpgsqlException">The server does not answer, or has not a moment ago.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        ThrowIfPaused();
        try
        {
            var connection = await source.OpenConnectionAsync(cancellationToken);
            if (Volatile.Read(ref _failure) is not null) Forget();
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Remember(e);
            throw;
        }
    }

    /// <summary>Gives idle connections up, where what is at their other end is not what they were made for any more.</summary>
    public void Clear() => source.Clear();

    private void ThrowIfPaused()
    {
        if (Volatile.Read(ref _failure) is null) return;
        lock (_lock)
        {
            if (_failure is { } failure && time.GetElapsedTime(_failedAt) < _pause)
                throw new NpgsqlException($"the server is not asked again yet; a moment ago: {failure.Message}", failure);
        }
    }

    private void Remember(Exception failure)
    {
        lock (_lock)
        {
            // Those who failed together count as one.
            if (_failure is not null && time.GetElapsedTime(_failedAt) < _pause) return;
            _pause = _pause == TimeSpan.Zero ? FirstPause : _pause * 2 < MaxPause ? _pause * 2 : MaxPause;
            _failedAt = time.GetTimestamp();
            _failure = failure;
        }
    }

    private void Forget()
    {
        lock (_lock)
        {
            _pause = TimeSpan.Zero;
            _failure = null;
        }
    }
}
