using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Mime;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>What the gates of all connections of a node share. Thread-safe.</summary>
/// <param name="policies">The policies of domains.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class PolicyServices(IDomainPolicies policies, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// How long mail waits without another connection after the policy of its domain was not met. The other domains of the site go on.
    /// </summary>
    public static readonly TimeSpan FailureLife = TimeSpan.FromMinutes(1);

    private const int MaxFailures = 10_000;

    private readonly ConcurrentDictionary<(string Domain, DestinationId Site), (SmtpReply Reply, long Since)> _failures = new();

    public IDomainPolicies Policies => policies;

    public ILogger Logger => logger;

    /// <summary>The reason of a failure a short time ago; null for none.</summary>
    public SmtpReply? FindFailure(string domain, DestinationId site) =>
        _failures.TryGetValue((domain, site), out var failure) && time.GetElapsedTime(failure.Since) < FailureLife ? failure.Reply : null;

    /// <summary>Remembers that the policy of a domain was not met at a site.</summary>
    public void Fail(string domain, DestinationId site, SmtpReply reply)
    {
        if (_failures.Count >= MaxFailures) _failures.Clear();
        _failures[(domain, site)] = (reply, time.GetTimestamp());
    }

    /// <summary>Forgets a failure.</summary>
    public void Succeed(string domain, DestinationId site)
    {
        if (!_failures.IsEmpty) _failures.TryRemove((domain, site), out _);
    }
}

/// <summary>
/// Lets a message pass onto a connection only if the connection meets the policy of the message's domain; otherwise a stricter connection
/// takes its place. Domains of one site share connections and may have different policies. Owned by a <see cref="ConnectionLoop"/>.
/// </summary>
internal sealed class PolicyGate(DeliveryTarget target, SiteConnector connector, PolicyServices? services)
{
    // A field behind so much of the header is not found: the policy holds.
    private const int MaxHeader = 64 * 1024;

    private bool? _isSecurable;

    /// <summary>The policy that other hosts must meet for the present message; null for none.</summary>
    public DomainPolicy? Demand { get; private set; }

    /// <summary>Sends a message over the held connection, or over a stricter one that replaces it.</summary>
    /// <param name="held">The connection.</param>
    /// <param name="part">The message.</param>
    /// <param name="open">The recipients.</param>
    /// <param name="guard">The check before the final dot.</param>
    /// <exception cref="SpoolUnavailableException">The policy cannot be read.</exception>
    public ValueTask<SendResult> SendAsync(HeldConnection held, SpooledPart part, RecipientSet open, FinalDotGuard guard)
    {
        Demand = null;
        return services is { Policies.IsOn: true } && (_isSecurable ??= connector.IsSecurable(target))
            ? SendSecurelyAsync(services, held, part, open, guard) : held.Current.SendAsync(part, open, guard);
    }

    private async ValueTask<SendResult> SendSecurelyAsync(
        PolicyServices policies, HeldConnection held, SpooledPart part, RecipientSet open, FinalDotGuard guard)
    {
        var domain = part.Id.Queue.Domain;
        if (await policies.Policies.FindAsync(domain, guard.Stopped) is not { } policy)
            return await held.Current.SendAsync(part, open, guard);
        // A report cannot be returned, so that REQUIRETLS does not stop it (RFC 8689 section 5).
        var isRequired = part.Message is { RequiresTls: true, ReversePath: not null };
        var fault = policy.FindFault(held.Address?.Host, held.Current.Security);
        if (fault is not null && (policy.IsEnforced || isRequired) && !IsWaived(part))
        {
            Demand = policy;
            if (await RefuseAsync(policies, policy, held, guard.Stopped) is { } refusal)
            {
                DeliveryMetrics.Checked(policy.Mode, "refused");
                return SendResult.Attempted([new RecipientOutcome(open, Disposition.Deferred, refusal, "")], 0);
            }

            fault = null;
        }
        else if (fault is not null)
        {
            DeliveryMetrics.Checked(policy.Mode, policy.IsEnforced ? "waived" : "failed");
            policies.Logger.PolicyNotMet(part.Id.Message, domain, policy.Mode, fault);
        }

        if (policy.IsEnforced || isRequired) Demand = fault is null ? policy : null;
        if (fault is null) DeliveryMetrics.Checked(policy.Mode, "met");
        return await held.Current.SendAsync(part, open, guard, isNameProven: fault is null);
    }

    // Null if the connection meets the policy now. The former connection is closed first: each loop counts as one connection of the site.
    private async ValueTask<SmtpReply?> RefuseAsync(
        PolicyServices policies, DomainPolicy policy, HeldConnection held, CancellationToken cancellationToken)
    {
        if (policies.FindFailure(policy.Domain, target.Destination) is { } known) return known;
        await held.LeaveAsync();
        var result = await connector.ConnectAsync(target, policy, cancellationToken);
        if (result is ConnectResult.Connected connected)
        {
            held.Replace(connected, isKept: IsBest(connected.Address?.Host));
            if (policy.FindFault(held.Address?.Host, held.Current.Security) is not { } fault)
            {
                policies.Succeed(policy.Domain, target.Destination);
                return null;
            }

            await held.LeaveAsync();
            result = new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 7, 5), fault));
        }

        var reply = ((ConnectResult.Refused)result).Reply;
        var refusal = new SmtpReply(451, reply.Status, $"the MTA-STS policy of {policy.Domain} is not met: {reply.Text}");
        policies.Fail(policy.Domain, target.Destination, refusal);
        policies.Logger.PolicyRefused(policy.Domain, target.Destination.Value, refusal.ToString());
        return refusal;
    }

    // Mail of the other domains may continue on a connection to a host of the best preference.
    private bool IsBest(string? host) =>
        target.Hosts.Any(each => each.Name == host && each.Preference == target.Hosts.Min(other => other.Preference));

    // RFC 8689 section 4.1: the sender gives delivery priority over security. REQUIRETLS takes precedence over the field.
    private static bool IsWaived(SpooledPart part)
    {
        if (part.Message.RequiresTls) return false;
        var octets = part.Content.Octets;
        var head = octets.Slice(0, Math.Min(octets.Length, MaxHeader));
        var content = head.IsSingleSegment ? head.FirstSpan : head.ToArray();
        var at = 0;
        while (HeaderReader.ReadField(content, at, new Boundaries()) is { } field)
        {
            if (field.Is(content, "TLS-Required")) return Ascii.EqualsIgnoreCase(field.Value(content).Trim(" \t\r\n"u8), "No"u8);
            at = field.End;
        }

        return false;
    }
}
