using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// One attempt over several hosts of a site: decides which recipients are offered to the next host, and the outcome of each recipient over
/// all hosts. A recipient is offered to another host only if the last host deferred it by a 4yz reply (RFC 5321 section 4.2.1): then no
/// host has the message for it. Plain code without I/O or clock.
/// </summary>
internal sealed class HandOver
{
    /// <summary>
    /// Most hosts with which an attempt begins a transaction. Postfix's smtp_mx_session_limit is 2: a second host helps where only the
    /// first is in trouble. A site that defers mail by policy, as greylisting does, gives the same reply on every host, and each further
    /// host would cost a connection for nothing.
    /// </summary>
    public const int MaxSessions = 2;

    private readonly List<RecipientOutcome> _outcomes;
    private int _sessions = 1;

    /// <summary>Begins with the outcomes at the first host, where transactions were begun.</summary>
    public HandOver(IReadOnlyList<RecipientOutcome> first) => _outcomes = [.. first];

    /// <summary>The outcomes over all hosts so far. No recipient has two.</summary>
    public IReadOnlyList<RecipientOutcome> Outcomes => _outcomes;

    /// <summary>Whether a host has accepted the message for any recipient.</summary>
    public bool HasDelivered => _outcomes.Exists(outcome => outcome.Disposition == Disposition.Delivered);

    /// <summary>The recipients to be offered to the next host; empty when the attempt is over.</summary>
    public RecipientSet Open => _sessions < MaxSessions ? PutOff(_outcomes) : RecipientSet.Empty;

    /// <summary>
    /// The recipients deferred by a host's own reply. Recipients of a lost connection, or of a connection given up by this node, are
    /// not among them: after the final dot the host may have the message.
    /// </summary>
    public static RecipientSet PutOff(IReadOnlyList<RecipientOutcome> outcomes)
    {
        var open = RecipientSet.Empty;
        for (var i = 0; i < outcomes.Count; i++) if (IsPutOff(outcomes[i])) open = open.Union(outcomes[i].Recipients);
        return open;
    }

    /// <summary>
    /// Adds the outcomes of another host for the <see cref="Open"/> recipients. They replace the earlier outcomes, except where this node
    /// refuses to give the message to a host without a required extension: then the deferral by the better host stays.
    /// </summary>
    /// <param name="next">The outcomes there. Recipients without a new outcome keep their earlier outcome.</param>
    /// <param name="transactions">The number of transactions begun there; with the first, the host counts towards
    /// <see cref="MaxSessions"/>.</param>
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
