using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;

namespace Postfleet.Benchmarks.Queues;

/// <summary>Passes messages through a queue machine in rounds, as the entity of a queue does, without a journal.</summary>
internal sealed class QueueRun
{
    public static readonly QueueKey Queue = QueueKey.FromTrusted("default:example.com");
    public static readonly DestinationId Site = new("default|mx.example.com");
    public static readonly SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "Ok: queued as 4CdZ7f1x9Gz2k");
    public static readonly SmtpReply Later = new(450, new EnhancedStatus(4, 2, 0), "mailbox busy, try later");

    private static readonly DeliveryTarget Target = new(Site, TargetKind.Mx, [new TargetHost(10, "mx.example.com")], 25);
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private ulong _ids;

    public QueueRun()
    {
        Machine = new QueueMachine(State, new QueueRules(TimeSpan.FromDays(5), static _ => TimeSpan.FromDays(1), "node-1"));
        Keep(Machine.Start(Now, null));
    }

    public QueueState State { get; } = new(new ReplyPool());

    public QueueMachine Machine { get; }

    public DateTimeOffset Now { get; set; } = Epoch;

    /// <summary>Receives the events of each round; null for no receiver.</summary>
    public Action<IReadOnlyList<IQueueEvent>>? Written { get; init; }

    /// <summary>Offers a number of new messages.</summary>
    public MessageId[] Offer(int count)
    {
        var parts = new PartOffer[count];
        for (var i = 0; i < count; i++)
            parts[i] = new PartOffer(new QueuedPart(MessageId.FromHalves((ulong)Now.Ticks, ++_ids), 1, Now), false);
        foreach (var chunk in parts.Chunk(Enqueue.MaxParts)) Do(new QueueCommand.Offer(new Enqueue(Queue, chunk), this));
        return Array.ConvertAll(parts, part => part.Message);
    }

    public void Route() => Do(new QueueCommand.RouteResolved(new RouteDecision.Deliver(Target, TimeSpan.FromHours(1))));

    public void Grant(int credits) => Do(new QueueCommand.Credit(new CreditGranted(Queue, Site, credits), this));

    public void End(MessageId[] messages, int attempt, Disposition disposition)
    {
        RecipientOutcome[] outcome =
            [new(RecipientSet.All(1), disposition, disposition == Disposition.Delivered ? Ok : Later, "mx.example.com[192.0.2.1]:25")];
        foreach (var chunk in messages.Chunk(Outcomes.MaxJobs))
            Do(new QueueCommand.Ended(new Outcomes(Queue, Site, Array
                .ConvertAll(chunk, id => new JobOutcome(id, attempt, AttemptResult.Attempted, outcome))), this));
    }

    public void Settle(MessageId[] messages, int attempt)
    {
        foreach (var chunk in messages.Chunk(500))
            Do(new QueueCommand.Settled(Array.ConvertAll(chunk, id => new AttemptId(id, attempt)), true));
    }

    public void Tick() => Do(new QueueCommand.Tick());

    private void Do(QueueCommand command) => Keep(Machine.Decide([command], Now));

    private void Keep(QueueDecision decision)
    {
        if (decision.Events.Count > 0) Written?.Invoke(decision.Events);
    }
}
