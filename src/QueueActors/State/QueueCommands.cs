using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The inputs of a queue's decisions. Local to the entity; <c>ReplyTo</c> and <c>Sender</c> are opaque to the state machine.
/// </summary>
internal abstract record QueueCommand
{
    private QueueCommand()
    {
    }

    /// <summary>A hand-off offers parts.</summary>
    public sealed record Offer(Enqueue Message, object ReplyTo) : QueueCommand;

    /// <summary>The spool reports which of the offered parts exist, with the state of moved parts.</summary>
    public sealed record PartsChecked(
        IReadOnlyList<PartOffer> Parts, IReadOnlyDictionary<MessageId, MovedPart?> Existing, object ReplyTo) : QueueCommand;

    /// <summary>The spool failed to report it; the parts will be offered again.</summary>
    public sealed record CheckFailed(IReadOnlyList<PartOffer> Parts) : QueueCommand;

    /// <summary>The route was resolved.</summary>
    public sealed record RouteResolved(RouteDecision Decision) : QueueCommand;

    /// <summary>A destination grants credit.</summary>
    public sealed record Credit(CreditGranted Message, object Sender) : QueueCommand;

    /// <summary>A destination reports its site unavailable.</summary>
    public sealed record SiteDown(SiteUnavailable Message) : QueueCommand;

    /// <summary>A destination reports the outcomes of jobs.</summary>
    public sealed record Ended(Outcomes Message, object ReplyTo) : QueueCommand;

    /// <summary>The destination's entity has terminated.</summary>
    public sealed record DestinationLost : QueueCommand;

    /// <summary>The spool has settled these attempts.</summary>
    public sealed record Settled(IReadOnlyList<AttemptId> Confirmed, bool IsComplete) : QueueCommand;

    /// <summary>The spool has written the marks of these messages, or failed to.</summary>
    public sealed record Marked(IReadOnlyList<QueueMark> Marks, bool IsDone) : QueueCommand;

    /// <summary>An operator's action is to be carried out.</summary>
    public sealed record Act(ApplyAction Message, object ReplyTo) : QueueCommand;

    /// <summary>An operator's action has ended before it was carried out.</summary>
    public sealed record Withdraw(WithdrawAction Message) : QueueCommand;

    /// <summary>The spool has recorded an operator's action, or failed to.</summary>
    public sealed record ActionRecorded : QueueCommand;

    /// <summary>An operator's suspension of the queue may have begun or ended.</summary>
    public sealed record SuspensionChanged : QueueCommand;

    /// <summary>Time has passed.</summary>
    public sealed record Tick : QueueCommand;
}
