using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// One attempt over several hosts of a site: which recipients are offered to the next host, and what becomes of each by what all hosts did.
/// A recipient is offered to another host only where the last one put it off in its own words (a 4yz reply, RFC 5321 section 4.2.1), so
/// that nobody has the message for it. Plain code without I/O or clock.
/// </summary>
internal sealed class HandOver
{
    /// <summary>
    /// Most hosts with which an attempt begins a transaction. Postfix's smtp_mx_session_limit is 2: a second host helps where the first is
    /// in trouble by itself, while a site that puts mail off by its rules, as greylisting does, says the same everywhere, and each further
    /// host would cost a connection for nothing.
    /// </summary>
    public const int MaxSessions = 2;

    private readonly List<RecipientOutcome> _outcomes;
    private int _sessions = 1;

    /// <summary>Begins with the outcomes at the first host, with which transactions were begun.</summary>
    public HandOver(IReadOnlyList<RecipientOutcome> first) => _outcomes = [.. first];

    /// <summary>The outcome of every recipient that has one, by what the hosts did so far: no recipient is in two.</summary>
    public IReadOnlyList<RecipientOutcome> Outcomes => _outcomes;

    /// <summary>Whether a host has taken the message for anybody.</summary>
    public bool HasDelivered => _outcomes.Exists(outcome => outcome.Disposition == Disposition.Delivered);

    /// <summary>Whom the next host is to be offered; empty when the attempt is over.</summary>
    public RecipientSet Open => _sessions < MaxSessions ? PutOff(_outcomes) : RecipientSet.Empty;

    /// <summary>
    /// The recipients that a host has put off in its own words. Those whose connection was lost, or was given up by us, are not among them:
    /// behind the final dot the host may have the message.
    /// </summary>
    public static RecipientSet PutOff(IReadOnlyList<RecipientOutcome> outcomes)
    {
        var open = RecipientSet.Empty;
        for (var i = 0; i < outcomes.Count; i++) if (IsPutOff(outcomes[i])) open = open.Union(outcomes[i].Recipients);
        return open;
    }

    /// <summary>
    /// Adds what another host did with those that were <see cref="Open"/>. The last host's outcome counts; but where we refuse for good to
    /// give the message to that host, which lacks what the message needs, a better host has said that it may take it later, and that stays.
    /// </summary>
    /// <param name="next">The outcomes there. Recipients without one keep what they had.</param>
    /// <param name="transactions">Transactions that were begun there; the host counts as one of <see cref="MaxSessions"/> from the first
    /// on.</param>
    public void Add(IReadOnlyList<RecipientOutcome> next, int transactions)
    {
        var open = Open;
        if (transactions > 0) _sessions++;
        foreach (var outcome in next)
        {
            var recipients = outcome.Recipients.Intersect(open);
            if (recipients.IsEmpty || (outcome.Disposition == Disposition.Failed && outcome.RemoteHost.Length == 0)) continue;
            open = open.Except(recipients);
            Remove(recipients);
            _outcomes.Add(outcome with { Recipients = recipients });
        }
    }

    private static bool IsPutOff(RecipientOutcome outcome) =>
        outcome is { Disposition: Disposition.Deferred, RemoteHost.Length: > 0, Reply.IsTransient: true };

    private void Remove(RecipientSet recipients)
    {
        for (var i = _outcomes.Count - 1; i >= 0; i--)
        {
            var left = _outcomes[i].Recipients.Except(recipients);
            if (left.IsEmpty) _outcomes.RemoveAt(i);
            else if (left != _outcomes[i].Recipients) _outcomes[i] = _outcomes[i] with { Recipients = left };
        }
    }
}
