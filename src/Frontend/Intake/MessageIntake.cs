using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Frontend.Intake;

/// <summary>Takes a message that is complete: stores it, and once it is durable hands its parts to their queues.</summary>
internal sealed class MessageIntake(ISpool spool, IHandOff handOff, TimeProvider time)
{
    /// <summary>Stores a message and hands it off. Only when this says <see cref="StoreResult.Stored"/> may the client be told so.</summary>
    public async ValueTask<StoreResult> AcceptAsync(
        MessageId id, MessageEnvelope envelope, IReadOnlyList<Mailbox> recipients, MessageContent content, CancellationToken cancellationToken)
    {
        var acceptedAt = time.GetUtcNow();
        var parts = Group(recipients);
        var result = await spool.StoreAsync(new NewMessage(id, acceptedAt, envelope, content, parts), cancellationToken);
        if (result == StoreResult.Stored)
            handOff.Offer([.. parts.Select(part => new HandOffPart(new PartId(id, part.Queue), part.Envelope.Recipients.Count, acceptedAt))]);
        return result;
    }

    /// <summary>Puts recipients into parts by their queues, in the order in which they were named.</summary>
    public static IReadOnlyList<NewPart> Group(IReadOnlyList<Mailbox> recipients)
    {
        if (recipients.Count == 1) return [new NewPart(QueueKey.For(recipients[0].Domain), new PartEnvelope(recipients))];
        var groups = new Dictionary<QueueKey, List<Mailbox>>();
        foreach (var recipient in recipients)
        {
            var queue = QueueKey.For(recipient.Domain);
            if (groups.TryGetValue(queue, out var group)) group.Add(recipient);
            else groups.Add(queue, [recipient]);
        }

        return [.. groups.Select(group => new NewPart(group.Key, new PartEnvelope(group.Value)))];
    }
}
