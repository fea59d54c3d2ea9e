using Postfleet.Contracts.Users;
using Postfleet.Core.Users;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Users in memory.</summary>
internal sealed class FakeUsers : IUserDirectory
{
    private readonly Dictionary<string, MailUser> _users = [];

    public long Version { get; private set; } = 1;

    public ReadOnlyMemory<byte> SaltKey { get; } = new byte[32];

    public bool IsAway { get; set; }

    public int Lookups { get; private set; }

    public void Put(MailUser user)
    {
        _users[user.Name] = user;
        Version++;
    }

    public void Delete(string name)
    {
        _users.Remove(name);
        Version++;
    }

    public MailUser this[string name] => _users[name];

    public ValueTask<MailUser?> FindAsync(string name, CancellationToken cancellationToken)
    {
        Lookups++;
        return IsAway ? throw new UsersUnavailableException("away") : new(_users.GetValueOrDefault(name));
    }
}
