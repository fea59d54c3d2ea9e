using System.Collections.Concurrent;
using DnsClient;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// In which order DNS servers are asked. A server that did not answer is asked after the others for a minute, so that a dead first server
/// costs its time-out once and not with each question. Thread-safe.
/// </summary>
internal sealed class DnsServers(TimeProvider time)
{
    private static readonly TimeSpan DeadFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _dead = new(StringComparer.Ordinal);

    /// <summary>The servers in their order, with those that have lately not answered behind the others.</summary>
    public IReadOnlyList<NameServer> Order(IReadOnlyCollection<NameServer> servers)
    {
        if (_dead.IsEmpty || servers.Count < 2) return [.. servers];
        var now = time.GetUtcNow();
        return [.. servers.OrderBy(server => _dead.TryGetValue(server.ToString(), out var until) && until > now)];
    }

    /// <summary>A server has answered.</summary>
    public void Answered(NameServer server)
    {
        if (!_dead.IsEmpty) _dead.TryRemove(server.ToString(), out _);
    }

    /// <summary>A server has not answered.</summary>
    public void Failed(NameServer server) => _dead[server.ToString()] = time.GetUtcNow() + DeadFor;
}
