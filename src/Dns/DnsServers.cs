using DnsClient;
using Postfleet.Core.Collections;

namespace Postfleet.Dns;

/// <summary>
/// Orders DNS servers. For one minute after a failure a server is asked after the others, so a dead first server costs its timeout
/// once and not with each query. Thread-safe.
/// </summary>
internal sealed class DnsServers(TimeProvider time)
{
    private static readonly TimeSpan DeadFor = TimeSpan.FromMinutes(1);

    private const int MaxDead = 1000;

    private readonly ExpiringSet<string> _dead = new(DeadFor, MaxDead, time);

    /// <summary>The servers in configured order, with recently failed servers moved to the end.</summary>
    public IReadOnlyList<NameServer> Order(IReadOnlyCollection<NameServer> servers)
    {
        if (_dead.IsEmpty || servers.Count < 2) return [.. servers];
        return [.. servers.OrderBy(server => _dead.Contains(server.ToString()))];
    }

    /// <summary>Records an answer from a server.</summary>
    public void Answered(NameServer server)
    {
        if (!_dead.IsEmpty) _dead.Remove(server.ToString());
    }

    /// <summary>Records that a server did not answer.</summary>
    public void Failed(NameServer server) => _dead.Add(server.ToString());
}
