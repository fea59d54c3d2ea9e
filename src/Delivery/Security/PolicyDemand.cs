using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Security;

/// <summary>The policy that a connection for one message must meet. Immutable. Used by a connection loop and by the connector.</summary>
/// <param name="Policy">The policy of the domain.</param>
/// <param name="MustProve">Whether the name of the host must be proven even where the policy does not demand it (RFC 8689).</param>
internal sealed record PolicyDemand(DomainPolicy Policy, bool MustProve)
{
    /// <summary>Whether a message must not be sent on a connection.</summary>
    public bool Forbids(PolicyVerdict verdict) => MustProve ? !verdict.IsProven : !verdict.IsMet && verdict.IsStrict;

    /// <summary>The addresses of the hosts that can meet the policy, and why others cannot; null for no reason.</summary>
    public async ValueTask<(List<SiteAddress> Allowed, SmtpReply? Reason)> FilterAsync(
        IReadOnlyList<SiteAddress> addresses, CancellationToken cancellationToken)
    {
        string[] hosts = [.. addresses.Select(address => address.Host).Distinct()];
        var found = await Task.WhenAll(hosts.Select(host => Policy.OfAsync(host, cancellationToken).AsTask()));
        var obstacles = found.ToDictionary(each => each.Host, each => each.FindObstacle(MustProve));
        var allowed = addresses.Where(address => obstacles[address.Host] is null).ToList();
        if (obstacles.Values.All(obstacle => obstacle is null)) return (allowed, null);
        var isNamed = Array.Exists(found, each => each.Dane.State == DaneState.Unknown);
        var text = isNamed || Policy.Policy is null ? string.Join("; ", obstacles.Values.Where(obstacle => obstacle is not null).Distinct())
            : $"the policy names none of the mail hosts {string.Join(", ", hosts)}";
        return (allowed, new SmtpReply(451, new EnhancedStatus(4, isNamed ? 7 : 4, isNamed ? 5 : 4), text));
    }

    /// <summary>Connects to a host as the policy demands. A connection that does not meet it is closed.</summary>
    /// <param name="connector">Opens the connection.</param>
    /// <param name="address">The host.</param>
    /// <param name="usual">How connections to the site are opened.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ConnectResult> ConnectAsync(
        IHostConnector connector, SiteAddress address, Egress usual, TimeProvider time, CancellationToken cancellationToken)
    {
        var policy = await Policy.OfAsync(address.Host, cancellationToken);
        var egress = policy.Apply(usual, MustProve);
        var result = await connector.ConnectAsync(address.Host, address.Endpoint, egress, cancellationToken);
        if (result is not ConnectResult.Connected { Connection: var connection }) return result;
        var verdict = policy.Judge(connection.Security, time.GetWallTime());
        if (!Forbids(verdict)) return result;
        await using (connection) await connection.QuitAsync();
        return new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 7, 5), verdict.Result.Reason));
    }
}
