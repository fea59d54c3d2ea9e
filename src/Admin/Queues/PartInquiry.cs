using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>Finds out what the parts of a message wait for. Requests call it on their threads.</summary>
internal sealed class PartInquiry(QueueInquiry queues, TimeProvider time)
{
    /// <summary>The most parts that are looked up: each asks all nodes.</summary>
    public const int MaxParts = 10;

    /// <summary>The parts in these queues, in their order, at most <see cref="MaxParts"/>.</summary>
    public async Task<IReadOnlyList<PartView>> AskAsync(
        MessageId message, IReadOnlyList<QueueKey> parts, CancellationToken cancellationToken) =>
        await Task.WhenAll(parts.Take(MaxParts).Select(queue => AskAsync(message, queue, cancellationToken)));

    private async Task<PartView> AskAsync(MessageId message, QueueKey queue, CancellationToken cancellationToken)
    {
        QueueFound found;
        try
        {
            found = await queues.AskAsync(queue, 1, message, cancellationToken);
        }
        catch (ProblemException e) when (e.Kind == ProblemKind.NodeStarting)
        {
            return Without(queue, "node-unreachable", e.Message);
        }

        if (found.Facts is not { Description: { } description } facts)
        {
            var missing = found.Unanswered.Count > 0 ? string.Join(", ", found.Unanswered) : found.Node;
            return missing.Length > 0
                ? Without(queue, "node-unreachable", $"the queue has not answered; nodes without an answer: {missing}")
                : Unclaimed(queue);
        }

        if (description.Messages is not [var waiting, ..]) return Unclaimed(queue);
        return new PartView(
            queue.Value, JsonNames.Write(waiting.State), waiting.NextAttempt, waiting.Attempts,
            waiting.LastReply.Length > 0 ? waiting.LastReply : null,
            QueueReason.Find(facts.Only(waiting), time.GetUtcNow()) with { Estimate = null });
    }

    private static PartView Unclaimed(QueueKey queue) =>
        Without(queue, "unclaimed", "the queue has not taken the message over yet, or ends it at this moment");

    private static PartView Without(QueueKey queue, string constraint, string text) =>
        new(queue.Value, null, null, null, null, SiteReason.Of(constraint, text));
}
