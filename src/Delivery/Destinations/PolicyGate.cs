using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Clocks;
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

    /// <summary>The wall clock's time, by which certificates are valid.</summary>
    public DateTimeOffset Now => time.GetWallTime();

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
    private (TlsFacts? Tls, PolicyVerdict? Verdict) _judged;

    /// <summary>The policy that other hosts must meet for the present message; null for none.</summary>
    public PolicyDemand? Demand { get; private set; }

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
        var verdict = await JudgeAsync(policies, policy, held, guard.Stopped);
        // Where nothing can prove a host of the domain, the message is returned.
        var mustProve = isRequired && (verdict.IsProven || await CanProveAsync(policy, guard.Stopped));
        var demand = new PolicyDemand(policy, mustProve);
        var isWaived = !verdict.IsMet && IsWaived(part);
        if (demand.Forbids(verdict) && !isWaived)
        {
            Demand = demand;
            var refusal = await RefuseAsync(policies, demand, verdict, held, guard.Stopped);
            if (refusal is null)
            {
                // The policy may have changed while the other connection was opened.
                verdict = await JudgeAsync(policies, policy, held, guard.Stopped);
                if (demand.Forbids(verdict)) refusal = Refusal(verdict, domain, verdict.Result.Reason);
            }

            if (refusal is not null)
            {
                Count(verdict, "refused");
                return SendResult.Attempted([new RecipientOutcome(open, Disposition.Deferred, refusal, "")], 0);
            }
        }

        // TLSA records bind other hosts of the site, too.
        if (verdict.IsStrict || mustProve || policy.Dane is not null) Demand = isWaived ? null : demand;
        if (verdict.IsMet)
        {
            Count(verdict, "met");
        }
        else
        {
            Count(verdict, verdict.IsStrict ? "waived" : "failed");
            policies.Logger.PolicyNotMet(part.Id.Message, domain, ModeOf(verdict), verdict.Result.Reason);
        }

        return await held.Current.SendAsync(part, open, guard, verdict.IsProven);
    }

    private async ValueTask<PolicyVerdict> JudgeAsync(
        PolicyServices policies, DomainPolicy policy, HeldConnection held, CancellationToken cancellationToken)
    {
        var host = await policy.OfAsync(held.Address?.Host ?? "", cancellationToken);
        var tls = held.Current.Security;
        // Most messages of a connection are for one domain, and the check of a chain costs as much as several messages.
        if (_judged.Verdict is { } known && ReferenceEquals(_judged.Tls, tls) && host.HasMade(known.Result)) return known;
        var verdict = host.Judge(tls, policies.Now);
        _judged = (tls, verdict);
        return verdict;
    }

    private async ValueTask<bool> CanProveAsync(DomainPolicy policy, CancellationToken cancellationToken)
    {
        if (policy.Policy is not null) return true;
        foreach (var host in target.Hosts)
        {
            // Records that are not known now may prove the host later.
            if ((await policy.OfAsync(host.Name, cancellationToken)).Dane.State is DaneState.Authenticate or DaneState.Unknown) return true;
        }

        return false;
    }

    private static string ModeOf(PolicyVerdict verdict) =>
        verdict.Result.Type == TlsPolicyType.Tlsa ? "dane" : StsPolicy.WordOf(verdict.Result.Sts?.Mode ?? StsMode.None);

    private static void Count(PolicyVerdict verdict, string result)
    {
        if (verdict.Result.Type == TlsPolicyType.Tlsa) DeliveryMetrics.CheckedDane(result);
        else if (verdict.Result.Type == TlsPolicyType.Sts) DeliveryMetrics.Checked(ModeOf(verdict), result);
    }

    // Null if the connection meets the policy now. The former connection is closed first: each loop counts as one connection of the site.
    private async ValueTask<SmtpReply?> RefuseAsync(
        PolicyServices policies, PolicyDemand demand, PolicyVerdict verdict, HeldConnection held, CancellationToken cancellationToken)
    {
        var domain = demand.Policy.Domain;
        if (policies.FindFailure(domain, target.Destination) is { } known) return known;
        await held.LeaveAsync();
        var result = await connector.ConnectAsync(target, demand, cancellationToken);
        if (result is ConnectResult.Connected connected)
        {
            held.Replace(connected, isKept: IsBest(connected.Address?.Host));
            policies.Succeed(domain, target.Destination);
            return null;
        }

        var reply = ((ConnectResult.Refused)result).Reply;
        var refusal = Refusal(verdict, domain, reply.Text, reply.Status);
        policies.Fail(domain, target.Destination, refusal);
        policies.Logger.PolicyRefused(domain, target.Destination.Value, refusal.ToString());
        return refusal;
    }

    private static SmtpReply Refusal(PolicyVerdict verdict, string domain, string reason, EnhancedStatus? status = null) =>
        new(451, status ?? new EnhancedStatus(4, 7, 5), $"the {verdict.Standard} policy of {domain} is not met: {reason}");

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
