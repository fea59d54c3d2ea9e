using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Destinations;

/// <summary>Applies the rules for replies to the outcomes of an attempt. Pure; called by connection loops on their threads.</summary>
internal static class ReplyRules
{
    /// <summary>
    /// The outcomes with recipients deferred whose 5yz reply a rule treats as a deferral. Returns the same list without such a reply.
    /// </summary>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="classifier">The rules.</param>
    /// <param name="matches">Gets the rules with reactions, each once.</param>
    /// <param name="stream">The stream of the mail.</param>
    public static IReadOnlyList<RecipientOutcome> Apply(
        IReadOnlyList<RecipientOutcome> outcomes, BounceClassifier classifier, List<ReplyMatch> matches, string stream)
    {
        RecipientOutcome[]? changed = null;
        for (var i = 0; i < outcomes.Count; i++)
        {
            var outcome = outcomes[i];
            // A reply of this program says nothing about the host.
            if (outcome.Disposition == Disposition.Delivered || outcome.RemoteHost.Length == 0) continue;
            if (classifier.FindRule(outcome.Reply, outcome.RemoteHost) is not { } rule) continue;
            if (rule.Reactions.Count > 0 && !matches.Exists(match => match.Rule == rule))
                matches.Add(new ReplyMatch(rule, outcome.Reply, stream));
            if (!rule.IsDeferred || outcome.Disposition != Disposition.Failed) continue;
            changed ??= [.. outcomes];
            changed[i] = outcome with { Disposition = Disposition.Deferred };
        }

        return changed ?? outcomes;
    }

    /// <summary>The result of sending with the outcomes that the rules give it.</summary>
    public static SendResult Apply(SendResult sent, BounceClassifier classifier, List<ReplyMatch> matches, string stream) =>
        sent.Status != SendResultKind.Attempted ? sent
        : sent with { Outcomes = Apply(sent.Outcomes, classifier, matches, stream) };

    /// <summary>The rule that reacts to what a host said before any mail; null for none.</summary>
    public static ReplyMatch? Find(HostReply? told, BounceClassifier classifier) =>
        told is not null && classifier.FindRule(told.Reply, told.Host) is { Reactions.Count: > 0 } rule
            ? new ReplyMatch(rule, told.Reply, "") : null;
}
