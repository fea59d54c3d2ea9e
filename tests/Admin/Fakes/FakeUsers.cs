using Postfleet.Contracts.Users;
using Postfleet.Core.Users;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>Users in memory, in their stored form.</summary>
internal sealed class FakeUsers : IUsers
{
    private readonly SortedDictionary<string, (string Json, long Change)> _users = new(StringComparer.Ordinal);
    private long _last;

    /// <summary>Thrown by each call; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Called before each change, as a change of another request.</summary>
    public Action Before { get; set; } = () => { };

    /// <summary>The stored form of a user.</summary>
    public string Json(string name) => _users[name].Json;

    public Task<StoredUser?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (Fault is not null) throw Fault;
        return Task.FromResult(_users.ContainsKey(name) ? Read(name) : null);
    }

    public Task<IReadOnlyList<StoredUser>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        if (Fault is not null) throw Fault;
        return Task.FromResult<IReadOnlyList<StoredUser>>(
            [.. _users.Keys.Where(name => string.CompareOrdinal(name, after) > 0).Take(limit).Select(Read)]);
    }

    public Task<StoredUser?> PutAsync(MailUser user, long? expected, CancellationToken cancellationToken)
    {
        if (Fault is not null) throw Fault;
        Before();
        var found = _users.TryGetValue(user.Name, out var former) ? former.Change : 0;
        if (found != (expected ?? found)) return Task.FromResult<StoredUser?>(null);
        _users[user.Name] = (UserJson.Write(user), ++_last);
        return Task.FromResult<StoredUser?>(Read(user.Name));
    }

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => Task.FromResult(_users.Remove(name));

    private StoredUser Read(string name) => new(UserJson.Parse(_users[name].Json), _users[name].Change, DateTimeOffset.UnixEpoch);
}
