using Postfleet.Admin.Api;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin.Queues;

/// <summary>Finds the present constraint of a queue, or of a message in it. Pure.</summary>
internal static class QueueReason
{
    /// <summary>Finds the first constraint in order of precedence: it has to end before others matter.</summary>
    /// <param name="facts">The facts of the queue.</param>
    /// <param name="now">The time.</param>
    public static WhyView Find(QueueFacts facts, DateTimeOffset now)
    {
        var why = Constraint(facts, now);
        return facts.Redirection is not { } move ? why : why with
        {
            Move = $"action {move.Action}",
            Text = $"{why.Text}; action {move.Action} moves the mail to the route {move.Route}",
        };
    }

    private static WhyView Constraint(QueueFacts facts, DateTimeOffset now)
    {
        var description = facts.Description;
        return Suspended(facts) ?? Held(facts) ?? SiteReason.Unavailable(facts.Site, description?.Pause, now) ?? Leaving(facts)
            ?? NoRoute(facts) ?? Due(facts, now) ?? Later(facts, now);
    }

    private static WhyView? Suspended(QueueFacts facts)
    {
        if (facts.Suspension is not { } suspension) return null;
        // A node that has just started waits for the list of suspensions, which is no action.
        if (suspension.Action == 0) return SiteReason.Of("node-starting", suspension.Reason) with { Until = suspension.Until };
        var reason = suspension.Reason.Length == 0 ? "" : $": {suspension.Reason}";
        return new WhyView(
            "suspended", $"action {suspension.Action}", suspension.Since, suspension.Until, null, null,
            $"action {suspension.Action} suspends the queue{reason}");
    }

    private static WhyView? Held(QueueFacts facts)
    {
        if (facts.Counts.Held == 0 || facts.Counts.Held < facts.Counts.Messages) return null;
        var action = facts.Description?.Messages.FirstOrDefault(message => message.State == WaitingState.Held)?.Action ?? 0;
        return SiteReason.Of("held", $"{SiteReason.Messages(facts.Counts.Held)} on hold, until an operator releases them") with
        {
            Setting = action > 0 ? $"action {action}" : null,
            LastReply = facts.Counts.LastReply,
        };
    }

    private static WhyView? Leaving(QueueFacts facts) => facts.LeavingNode.Length > 0
        ? SiteReason.Of("node-leaving", $"the node of the queue, {facts.LeavingNode}, leaves: another node takes the queue over")
        : SiteReason.Leaving(facts.Site, "");

    private static WhyView? NoRoute(QueueFacts facts) =>
        facts.Description?.NoRoute is { } none && facts.Counts is { InFlight: 0 } counts && counts.Due + counts.Deferred > 0
        ? new WhyView(
            "no-mx", null, none.At, facts.Counts.NextDue, null, none.Reply,
            $"no host takes the mail of the domain; messages are returned at their next attempt: {none.Reply}")
        : null;

    private static WhyView? Due(QueueFacts facts, DateTimeOffset now)
    {
        var queue = facts.Counts;
        if (queue.Due == 0) return null;
        if (queue.Destination is null)
        {
            return new WhyView(
                "route-unknown", null, facts.Description?.ResolvingSince, queue.NextDue, null, queue.LastReply,
                $"the route of {queue.Due} due {(queue.Due == 1 ? "message" : "messages")} is not resolved");
        }

        var estimate = QueueEstimate.Of(facts, now);
        if (SiteReason.Limited(facts.Site) is { } limited)
            return limited with { Estimate = estimate ?? (limited.Constraint == "rate" ? QueueEstimate.OfRate(facts, now) : null) };
        if (queue.InFlight > 0) return Sending(queue) with { Estimate = estimate };
        var others = facts.Site is { Queues: > 1 } site ? $", which {site.Queues} queues share" : "";
        return new WhyView(
            "credit", null, facts.Description?.CreditAskedSince, null, estimate, null,
            $"{queue.Due} due {(queue.Due == 1 ? "message waits" : "messages wait")} for their turn at the destination{others}");
    }

    private static WhyView Later(QueueFacts facts, DateTimeOffset now)
    {
        var queue = facts.Counts;
        if (queue.InFlight > 0)
        {
            // The attempts of the queue have started, and may wait at the destination.
            var limited = facts.Site is { Waiting: > 0 } site ? SiteReason.Limited(site) : null;
            return (limited ?? Sending(queue)) with { Estimate = QueueEstimate.Of(facts, now) };
        }

        if (queue.Deferred == 0) return SiteReason.Of("nothing-due", "no message is due") with { LastReply = queue.LastReply };
        var held = queue.Held > 0 ? $"; {SiteReason.Messages(queue.Held)} on hold" : "";
        // A message that was not tried waits for the time at which its sender wants it to be sent.
        return facts.Description?.Messages is [{ State: WaitingState.Deferred, Attempts: 0 } first, ..]
            ? new WhyView(
                "send-at", null, null, first.NextAttempt ?? queue.NextDue, null, null,
                (queue.Deferred == 1 ? "1 message waits for its time of sending" : $"{queue.Deferred} messages wait, the first for its " +
                    "time of sending") + held)
            : new WhyView(
                "retry-pause", null, null, queue.NextDue, QueueEstimate.Of(facts, now), queue.LastReply,
                (queue.Deferred == 1 ? "1 message waits for its next attempt" : $"{queue.Deferred} messages wait for their next attempt")
                    + held);
    }

    private static WhyView Sending(QueueCounts queue) =>
        SiteReason.Of("sending", $"{SiteReason.Messages(queue.InFlight)} being sent{(queue.Due > 0 ? $", {queue.Due} follow" : "")}");
}
