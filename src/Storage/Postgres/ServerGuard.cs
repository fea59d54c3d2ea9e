using Microsoft.Extensions.Logging;
using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Decides for all pools of a process whether a new connection to the database may be used. A server on an older timeline is a former
/// primary and is refused. Where the server has been replaced or restarted, witnesses look for the last changes that were confirmed to this
/// node. If changes are missing, the memory of the node is ahead of the database: the guard refuses all connections until
/// <see cref="Resume"/>, and the owner of the memory discards it meanwhile. Thread-safe.
/// </summary>
public sealed class ServerGuard(ILogger<ServerGuard> logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<IServerWitness> _witnesses = [];
    private TaskCompletionSource _behind = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServerIdentity? _known;
    private long? _refusedAt;
    private long _epoch;

    /// <summary>Raised when the server has been replaced or restarted, before a connection to its successor is used.</summary>
    public event Action? Replaced;

    /// <summary>Increases whenever changes are lost. Work that began in an earlier epoch must not be written.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Ends when the memory of this node is ahead of the database, until <see cref="Resume"/>.</summary>
    public Task WhenBehind => Volatile.Read(ref _behind).Task;

    /// <summary>Adds a witness, before the first connection.</summary>
    public void Add(IServerWitness witness) => _witnesses.Add(witness);

    /// <summary>Allows connections again, after the memory of this node has been discarded.</summary>
    public void Resume()
    {
        if (!WhenBehind.IsCompleted) return;
        foreach (var witness in _witnesses) witness.Forget();
        Volatile.Write(ref _behind, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Throws where changes have been lost since an epoch.</summary>
    /// <exception cref="NpgsqlException">Changes have been lost.</exception>
    internal void Check(long epoch)
    {
        if (epoch != Epoch || WhenBehind.IsCompleted)
            throw new NpgsqlException("the database has lost changes, and the actors of this node start again");
    }

    /// <summary>Checks a new connection to a primary.</summary>
    /// <exception cref="NpgsqlException">The connection must not be used.</exception>
    internal async Task AdmitAsync(NpgsqlConnection connection, ServerIdentity identity, string server)
    {
        await _turn.WaitAsync();
        try
        {
            Check(Epoch);
            if (identity == _known) return;
            if (_known is null) StorageLog.Server(logger, server, identity.Timeline);
            else await CompareAsync(connection, _known, identity, server);
            _known = identity;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task CompareAsync(NpgsqlConnection connection, ServerIdentity known, ServerIdentity identity, string server)
    {
        if (identity.System == known.System && identity.Timeline < known.Timeline)
        {
            if (_refusedAt is not { } at || time.GetElapsedTime(at) > LogInterval)
            {
                _refusedAt = time.GetTimestamp();
                StorageLog.ServerOutdated(logger, server, identity.Timeline, known.Timeline);
            }

            throw new NpgsqlException(
                $"the database server {server} is on the outdated timeline {identity.Timeline}; " +
                $"this node has used timeline {known.Timeline}");
        }

        var (missing, changes) = (0, 0);
        foreach (var witness in _witnesses)
        {
            var lost = await witness.CompareAsync(connection);
            (missing, changes) = (missing + lost.Missing, changes + lost.Known);
        }

        Replaced?.Invoke();
        if (missing == 0)
        {
            StorageLog.ServerChanged(logger, server, identity.Timeline, known.Timeline);
            return;
        }

        _known = identity;
        Interlocked.Increment(ref _epoch);
        StorageLog.ChangesLost(logger, server, identity.Timeline, missing, changes);
        Volatile.Read(ref _behind).TrySetResult();
        Check(Epoch);
    }
}
