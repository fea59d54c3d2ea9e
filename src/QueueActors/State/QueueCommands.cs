using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// What a queue decides upon beside the protocol's messages. Local to the entity; <c>ReplyTo</c> and <c>Sender</c> are opaque here.
/// </summary>
internal abstract record QueueCommand
{
    private QueueCommand()
    {
    }

    /// <summary>Parts are offered.</summary>
    public sealed record Offer(Enqueue Message, object ReplyTo) : QueueCommand;

    /// <summary>The spool has said which of the offered parts are still there.</summary>
    public sealed record PartsChecked(IReadOnlyList<PartOffer> Parts, IReadOnlySet<MessageId> Existing, object ReplyTo) : QueueCommand;

    /// <summary>The spool could not say it; the parts will be offered again.</summary>
    public sealed record CheckFailed(IReadOnlyList<PartOffer> Parts) : QueueCommand;

    /// <summary>The route was resolved.</summary>
    public sealed record RouteResolved(RouteDecision Decision) : QueueCommand;

    /// <summary>A destination grants credit.</summary>
    public sealed record Credit(CreditGranted Message, object Sender) : QueueCommand;

    /// <summary>A destination says that its site cannot be reached.</summary>
    public sealed record SiteDown(SiteUnavailable Message) : QueueCommand;

    /// <summary>Jobs have ended.</summary>
    public sealed record Ended(Outcomes Message, object ReplyTo) : QueueCommand;

    /// <summary>The destination's entity is gone.</summary>
    public sealed record DestinationLost : QueueCommand;

    /// <summary>The spool has settled these.</summary>
    public sealed record Settled(IReadOnlyList<AttemptId> Confirmed, bool IsComplete) : QueueCommand;

    /// <summary>The spool holds the marks of these, or failed to write them.</summary>
    public sealed record Marked(IReadOnlyList<MessageId> Messages, bool IsDone) : QueueCommand;

    /// <summary>Time has passed.</summary>
    public sealed record Tick : QueueCommand;
}
