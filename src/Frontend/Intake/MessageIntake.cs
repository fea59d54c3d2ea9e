using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Frontend.Intake;

/// <summary>Takes a message that is complete: stores it, and once it is durable hands its parts to their queues.</summary>
internal sealed class MessageIntake(ISpool spool, IHandOff handOff, TimeProvider time)
{
    /// <summary>
    /// Before the content of a message is asked for: returns when it may come. It waits while queues are behind, for a second at most.
    /// </summary>
    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => handOff.WaitForCapacityAsync(cancellationToken);

    /// <summary>
    /// Stores a message and hands it off. Only when this says <see cref="StoreResult.Stored"/> may the client be told so.
    /// </summary>
    public async ValueTask<StoreResult> AcceptAsync(
        MessageId id,
        MessageEnvelope envelope,
        IReadOnlyList<Mailbox> recipients,
        IReadOnlyDictionary<Mailbox, DsnRequest> requests,
        MessageContent content,
        CancellationToken cancellationToken)
    {
        var acceptedAt = time.GetUtcNow();
        var message = new NewMessage(id, acceptedAt, envelope, content, Group(recipients, requests));
        var result = await spool.StoreAsync(message, cancellationToken);
        if (result == StoreResult.Stored) handOff.Offer(message.ToPending());
        return result;
    }

    /// <summary>Puts recipients into parts by their queues, in the order in which they were named.</summary>
    /// <param name="recipients">The recipients, each once.</param>
    /// <param name="requests">What is asked of the reports about some of them.</param>
    public static IReadOnlyList<NewPart> Group(IReadOnlyList<Mailbox> recipients, IReadOnlyDictionary<Mailbox, DsnRequest> requests)
    {
        if (recipients.Count == 1) return [new NewPart(QueueKey.For(recipients[0].Domain), Part(recipients, requests))];
        var groups = new Dictionary<QueueKey, List<Mailbox>>();
        foreach (var recipient in recipients)
        {
            var queue = QueueKey.For(recipient.Domain);
            if (groups.TryGetValue(queue, out var group)) group.Add(recipient);
            else groups.Add(queue, [recipient]);
        }

        return [.. groups.Select(group => new NewPart(group.Key, Part(group.Value, requests)))];
    }

    private static PartEnvelope Part(IReadOnlyList<Mailbox> recipients, IReadOnlyDictionary<Mailbox, DsnRequest> requests)
    {
        var part = new PartEnvelope(recipients);
        if (requests.Count == 0 || !recipients.Any(requests.ContainsKey)) return part;
        return part with { Requests = [.. recipients.Select(recipient => requests.GetValueOrDefault(recipient, DsnRequest.None))] };
    }
}
