using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The outages of a site and their effect on the queues: a queue is told to pause while the site cannot be reached, and gets credit when
/// the outage ends. Part of <see cref="DestinationState"/>.
/// </summary>
internal sealed class SiteOutages(DestinationRules rules, Func<double> random, List<DestinationEffect> effects)
{
    private readonly SiteHealth _site = new(rules, random);
    private readonly AwaitingQueues _awaiting = new();

    /// <summary>Whether the last connection could be opened.</summary>
    public bool IsUp => _site.IsUp;

    /// <summary>Why the site cannot be reached; null when it can, or when unknown.</summary>
    public SmtpReply? Reply => _site.Reply;

    /// <summary>When the site could first not be reached; null when it can, or when unknown.</summary>
    public DateTimeOffset? DownSince => _site.DownSince;

    /// <summary>Until when the site is not tried; in the past when it may be tried.</summary>
    public DateTimeOffset DownUntil => _site.DownUntil;

    /// <summary>Makes later pauses by other rules.</summary>
    public DestinationRules Use(DestinationRules next) => _site.Use(next);

    /// <summary>Whether the site is not to be tried now.</summary>
    public bool IsDown(DateTimeOffset now) => _site.IsDown(now);

    /// <summary>Whether no outage has to be remembered, and no queue waits for its end.</summary>
    public bool AreOver(DateTimeOffset now) => now >= _site.RememberedUntil && !_awaiting.AreAny(now);

    /// <summary>Whether a single connection has to find out whether the site can be reached.</summary>
    /// <param name="hasWork">Whether jobs or requests for credit wait.</param>
    /// <param name="now">The time.</param>
    public bool MustProbe(bool hasWork, DateTimeOffset now) => !IsUp && !IsDown(now) && (hasWork || _awaiting.AreAny(now));

    /// <summary>When a pause, or the memory of an outage, ends; null without an outage.</summary>
    public DateTimeOffset? NextEnd(DateTimeOffset now) =>
        IsDown(now) ? DownUntil : now < _site.RememberedUntil ? _site.RememberedUntil : null;

    /// <summary>Tells a queue to pause because the site is down.</summary>
    public void Refuse(QueueKey queue, DateTimeOffset now)
    {
        var pause = _site.Pause(now);
        Refuse(queue, _awaiting.Add(queue, now + pause) ? pause : DownUntil - now);
    }

    /// <summary>Ends the pause by an operator's order; see <see cref="SiteHealth.EndPause"/>.</summary>
    public void EndPause(DateTimeOffset now) => _site.EndPause(now);

    /// <summary>A connection is open.</summary>
    /// <returns>The queues that wait for the end of the outage.</returns>
    public IReadOnlyList<QueueKey> End(DateTimeOffset now)
    {
        if (!_site.Succeed()) return [];
        effects.Add(new DestinationEffect.SiteCameUp());
        return _awaiting.TakeAll(now);
    }

    /// <summary>No host could be reached, and the queues have work for the site: all of them are told to pause.</summary>
    public void Begin(IReadOnlyList<QueueKey> queues, SmtpReply reply, DateTimeOffset now)
    {
        var pause = _site.Fail(ToTransient(reply), now);
        effects.Add(new DestinationEffect.SiteWentDown(pause, Reply!));
        foreach (var queue in queues)
        {
            Refuse(queue, pause);
            _awaiting.Add(queue, now + pause);
        }
    }

    /// <summary>No host could be reached, and no queue has work for the site: it is tried again after a first pause.</summary>
    public void Prolong(SmtpReply reply, DateTimeOffset now) => _site.FailAgain(ToTransient(reply), now);

    // An outage defers mail and never fails it.
    private static SmtpReply ToTransient(SmtpReply reply) =>
        reply.IsTransient ? reply : new SmtpReply(451, new EnhancedStatus(4, 4, 1), reply.ToString());

    private void Refuse(QueueKey queue, TimeSpan pause) => effects.Add(new DestinationEffect.Refuse(queue, pause, Reply!));
}
