using System.Collections.Concurrent;
using DnsClient;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Orders DNS servers. For one minute after a failure a server is asked after the others, so that a dead first server costs its timeout
/// once and not with each query. Thread-safe.
/// </summary>
internal sealed class DnsServers(TimeProvider time)
{
    private static readonly TimeSpan DeadFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _dead = new(StringComparer.Ordinal);

    /// <summary>The servers in configured order, with recently failed servers moved to the end.</summary>
    public IReadOnlyList<NameServer> Order(IReadOnlyCollection<NameServer> servers)
    {
        if (_dead.IsEmpty || servers.Count < 2) return [.. servers];
        var now = time.GetUtcNow();
        return [.. servers.OrderBy(server => _dead.TryGetValue(server.ToString(), out var until) && until > now)];
    }

    /// <summary>Records that a server answered.</summary>
    public void Answered(NameServer server)
    {
        if (!_dead.IsEmpty) _dead.TryRemove(server.ToString(), out _);
    }

    /// <summary>Records that a server did not answer.</summary>
    public void Failed(NameServer server) => _dead[server.ToString()] = time.GetUtcNow() + DeadFor;
}
