using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Users;

/// <summary>
/// The users in storage: for the listeners of this node from a cache, for the API from the storage itself. A change drops the user from
/// this node's cache at once, and from the caches of the other nodes with their next poll. Thread-safe.
/// </summary>
internal sealed class StoredUsers : IUsers, IUserDirectory, IAsyncDisposable
{
    private readonly IUserStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UserCache _cache;
    private readonly UserLookups _lookups;
    private readonly UserChangePoller _poller;

    public StoredUsers(IUserStore store, TimeProvider time, ILogger logger)
    {
        (_store, _time, _logger) = (store, time, logger);
        _cache = new UserCache(time);
        _lookups = new UserLookups(store, _cache, logger);
        _poller = new UserChangePoller(store, _cache, time, logger);
    }

    /// <summary>The number of ended polls, for tests.</summary>
    internal int Polls => _poller.Polls;

    /// <inheritdoc/>
    public long Version
    {
        get
        {
            _poller.Start();
            return _cache.Version;
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> SaltKey => _poller.SaltKey;

    /// <inheritdoc/>
    ValueTask<MailUser?> IUserDirectory.FindAsync(string name, CancellationToken cancellationToken)
    {
        _poller.Start();
        return _cache.TryFind(name, out var user) ? ValueTask.FromResult(user) : new(_lookups.FindAsync(name, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<StoredUser?> FindAsync(string name, CancellationToken cancellationToken) =>
        await RunAsync(() => _store.FindAsync(name, cancellationToken)) is { } row ? Read(row) : null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredUser>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        [.. (await RunAsync(() => _store.ListAsync(after, limit, cancellationToken))).Select(Read)];

    /// <inheritdoc/>
    public async Task<StoredUser?> PutAsync(MailUser user, long? expected, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var change = await WriteAsync(user.Name, UserJson.Write(user), expected, now, cancellationToken);
        return change is { } number ? new StoredUser(user, number, now) : null;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) =>
        await WriteAsync(name, null, null, _time.GetUtcNow(), cancellationToken) is not null;

    public async ValueTask DisposeAsync()
    {
        await _poller.DisposeAsync();
        _lookups.Dispose();
    }

    private async Task<long?> WriteAsync(
        string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(() => _store.WriteAsync(name, data, expected, now, cancellationToken));
        }
        finally
        {
            // Also after a failure: the change may be durable.
            _cache.Drop([name]);
        }
    }

    private StoredUser Read(NamedRow row) => new(UserRows.Read(row, _logger), row.Change, row.ChangedAt);

    private static async Task<T> RunAsync<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (SpoolUnavailableException e)
        {
            throw new UsersUnavailableException(e.Message, e);
        }
    }
}
