using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <content>Applies the actions of operators.</content>
internal sealed partial class QueueState
{
    private void Act(ActionApplied e)
    {
        if (e.Action == MessageAction.Retry) (SiteUntil, SiteSince, SiteReply, SiteFailures) = (null, null, null, 0);
        var reply = e.Reply is { } shared ? replies.Share(shared) : null;
        foreach (var message in e.Messages)
            if (_entries.TryGetValue(message.Message, out var entry)) Act(entry, e, message.Attempt, reply);
    }

    private void Act(QueueEntry entry, ActionApplied e, int attempt, SmtpReply? reply)
    {
        entry.Action = e.Number;
        // With a history, the action is an event of the message with a number of its own.
        if (!entry.IsInFlight) entry.Attempt = Math.Max(entry.Attempt, attempt);
        switch (e.Action)
        {
            // Neither is a way around the time of sending that the sender asked for.
            case MessageAction.Retry:
                entry.NextDue = Math.Max(e.At.UtcTicks, entry.SendAt);
                break;
            case MessageAction.Hold:
                if (!entry.IsHeld) Held++;
                entry.IsHeld = true;
                break;
            case MessageAction.Release:
                if (entry.IsHeld) Held--;
                entry.IsHeld = false;
                entry.NextDue = Math.Max(e.At.UtcTicks, entry.SendAt);
                break;
            case MessageAction.Bounce or MessageAction.Delete:
                EndAttempt(entry, attempt);
                var isReported = e.Action == MessageAction.Bounce;
                var cause = isReported ? ReportCause.Bounced : ReportCause.Deleted;
                List<RecipientOutcome> failed = [new RecipientOutcome(entry.Open, Disposition.Failed, reply!, "")];
                Close(entry, entry.Open, attempt, cause, isReported ? failed : [], Kept(cause, e.At, failed));
                break;
            case MessageAction.Move:
                Move(entry, e, attempt, reply!);
                break;
            default:
                throw new InvalidOperationException($"unknown action {e.Action}");
        }
    }

    private void Move(QueueEntry entry, ActionApplied e, int attempt, SmtpReply reply)
    {
        EndAttempt(entry, attempt);
        var moved = new MovedPart(entry.Open, attempt, entry.Moves + 1)
        {
            Tries = entry.Tries,
            Crashes = entry.Crashes,
            Action = e.Number,
            IsDelayReported = entry.IsDelayReported,
            IsHeld = entry.IsHeld,
            LastReply = entry.LastReply,
            LastRemoteHost = entry.LastRemoteHost,
        };
        List<RecipientOutcome> outcomes = [new RecipientOutcome(entry.Open, Disposition.Deferred, reply, "")];
        Remove(entry);
        _unsettled.Add(new SettlementRequest(entry.Message, attempt, IsFinal: true, entry.AcceptedAt, ReportCause.Moved, [])
        {
            Outcomes = Kept(ReportCause.Moved, e.At, outcomes),
            Move = new RequestedMove(e.Stream, entry.Part, moved),
        });
    }
}
