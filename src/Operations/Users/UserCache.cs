using Postfleet.Core.Users;

namespace Postfleet.Operations.Users;

/// <summary>
/// The users that this node has read, and names without a user, both bounded. <see cref="UserChangePoller"/> confirms it twice a second and
/// drops changed users; without a confirmation for <see cref="TrustedFor"/> nothing in it counts. <see cref="StoredUsers"/> owns it.
/// Thread-safe.
/// </summary>
internal sealed class UserCache(TimeProvider time)
{
    /// <summary>The longest time for which the users count without a confirmation that no other change is known.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(5);

    /// <summary>The most users.</summary>
    public const int MaxUsers = 10_000;

    /// <summary>The most characters of the data of all users.</summary>
    public const long MaxCharacters = 32 << 20;

    /// <summary>The most names without a user. They are apart: names that somebody guesses leave the users alone.</summary>
    public const int MaxAbsent = 10_000;

    private readonly Lock _lock = new();
    private readonly BoundedCache<MailUser> _users = new(MaxUsers, MaxCharacters);
    private readonly BoundedCache<bool> _absent = new(MaxAbsent, MaxAbsent);
    private readonly HashSet<UserLoad> _loads = [];
    private long? _confirmed;
    private long _version;

    /// <summary>Grows with every change that this node learns of, and when the users in the cache do not count any more.</summary>
    public long Version
    {
        get
        {
            lock (_lock)
            {
                _ = IsTrusted();
                return _version;
            }
        }
    }

    /// <summary>Finds a user.</summary>
    /// <param name="name">The normalised name.</param>
    /// <param name="user">The user; null for a name without a user.</param>
    /// <returns>False if the storage has to be asked.</returns>
    public bool TryFind(string name, out MailUser? user)
    {
        lock (_lock)
        {
            user = null;
            return IsTrusted() && (_users.TryFind(name, out user) || _absent.TryFind(name, out _));
        }
    }

    /// <summary>A user is about to be read from the storage.</summary>
    public UserLoad Begin(string name)
    {
        lock (_lock)
        {
            var load = new UserLoad(name) { IsOutdated = !IsTrusted() };
            _loads.Add(load);
            return load;
        }
    }

    /// <summary>A user was read. It is kept unless the user was changed meanwhile.</summary>
    /// <param name="load">The read.</param>
    /// <param name="user">The user; null for none.</param>
    /// <param name="characters">The characters of the data.</param>
    public void End(UserLoad load, MailUser? user, int characters)
    {
        lock (_lock)
        {
            if (!_loads.Remove(load) || load.IsOutdated || !IsTrusted()) return;
            if (user is null) _absent.Set(load.Name, true, 1);
            else _users.Set(load.Name, user, characters);
        }
    }

    /// <summary>A read has failed.</summary>
    public void Abandon(UserLoad load)
    {
        lock (_lock) _loads.Remove(load);
    }

    /// <summary>Drops changed users.</summary>
    public void Drop(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0) return;
        lock (_lock)
        {
            foreach (var name in names)
            {
                _users.Remove(name);
                _absent.Remove(name);
            }

            foreach (var load in _loads) load.IsOutdated |= names.Contains(load.Name);
            _version++;
        }
    }

    /// <summary>Drops all users: any of them may have changed.</summary>
    public void DropAll()
    {
        lock (_lock) Empty();
    }

    /// <summary>All changes before a time are known.</summary>
    /// <param name="timestamp">The timestamp of the time.</param>
    public void Confirm(long timestamp)
    {
        lock (_lock)
        {
            // Users that were read before do not come to life again.
            _ = IsTrusted();
            _confirmed = timestamp;
        }
    }

    private bool IsTrusted()
    {
        if (_confirmed is not { } confirmed) return false;
        if (time.GetElapsedTime(confirmed) <= TrustedFor) return true;
        Empty();
        return false;
    }

    private void Empty()
    {
        _users.Clear();
        _absent.Clear();
        foreach (var load in _loads) load.IsOutdated = true;
        _confirmed = null;
        _version++;
    }
}

/// <summary>A read of a user from the storage. <see cref="UserCache"/> owns its state.</summary>
/// <param name="name">The normalised name.</param>
internal sealed class UserLoad(string name)
{
    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>Whether the result may be older than a known change of the user.</summary>
    public bool IsOutdated { get; set; }
}
