using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Runs a queue machine over a journal in memory, as the entity does, with a clock that the test advances.</summary>
internal sealed class QueueDriver
{
    public static readonly QueueKey Queue = QueueKey.FromTrusted("default:example.org");
    public static readonly DestinationId Destination = new("default|mx.example.org");
    public static readonly DeliveryTarget Target = new(Destination, TargetKind.Mx, [new TargetHost(10, "mx.example.org")], 25);
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(5);

    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private int _ids;

    public QueueDriver(TimeSpan delayWarning = default, TimeSpan holdFor = default)
    {
        (DelayWarning, HoldFor) = (delayWarning, holdFor);
        Restart();
    }

    /// <summary>The age at which senders are warned of a delay; zero for never.</summary>
    public TimeSpan DelayWarning { get; }

    /// <summary>How long new mail waits for its first credit; zero for not at all.</summary>
    public TimeSpan HoldFor { get; }

    /// <summary>Whether no other process can write to the journal; applies from the next restart.</summary>
    public bool IsAlone { get; set; }

    /// <summary>Whether the spool keeps the outcomes of recipients; applies from the next restart.</summary>
    public bool KeepsOutcomes { get; set; }

    /// <summary>The suspension in force; null for none.</summary>
    public Suspension? Suspension { get; set; }

    /// <summary>The only destination at which the suspension holds; null for all.</summary>
    public DestinationId? SuspendedSite { get; set; }

    public DateTimeOffset Now { get; set; } = Epoch;

    public List<object> Journal { get; } = [];

    public List<QueueEffect> Effects { get; } = [];

    public QueueState State { get; private set; } = new(new ReplyPool());

    public QueueMachine Machine { get; private set; } = null!;

    public MessageId NewId() => MessageId.FromHalves(7, (ulong)++_ids);

    /// <summary>Discards everything that is not in the journal, and starts again from the journal.</summary>
    public QueueDriver Restart()
    {
        State = new QueueState(new ReplyPool(), KeepsOutcomes);
        foreach (var row in Journal)
        {
            if (row is CheckpointPiece piece) State.Apply(piece);
            else State.Apply((IQueueEvent)row);
        }

        Machine = new QueueMachine(State, new QueueRules(Lifetime, tries => TimeSpan.FromMinutes(5 * Math.Pow(2, tries - 1)), "node-1")
        {
            DelayWarning = DelayWarning,
            IsAlone = IsAlone,
            HoldFor = HoldFor,
            KeepsOutcomes = KeepsOutcomes,
        }, destination => SuspendedSite is { } site && destination != site ? null : Suspension);
        Effects.Clear();
        Keep(Machine.Start(Now, Journal.Count == 0 ? null : Now));
        return this;
    }

    public QueueDriver Do(params QueueCommand[] commands)
    {
        Keep(Machine.Decide(commands, Now));
        return this;
    }

    public QueueDriver Offer(MessageId message, int recipients = 1, bool isRepeat = false, TimeSpan sendAfter = default)
    {
        var part = new QueuedPart(message, recipients, Now) { SendAfter = (int)sendAfter.TotalSeconds };
        return Offer(part, isRepeat);
    }

    public QueueDriver Offer(QueuedPart part, bool isRepeat = false) =>
        Do(new QueueCommand.Offer(new Enqueue(Queue, [new PartOffer(part, isRepeat)]), "hand-off"));

    public QueueDriver Route() => Route(Target);

    public QueueDriver Route(DeliveryTarget target) =>
        Do(new QueueCommand.RouteResolved(new RouteDecision.Deliver(target, TimeSpan.FromHours(1))));

    public QueueDriver Grant(int credits) => Grant(credits, Destination);

    public QueueDriver Grant(int credits, DestinationId destination) =>
        Do(new QueueCommand.Credit(new CreditGranted(Queue, destination, credits), "destination"));

    public QueueDriver End(MessageId message, int attempt, params RecipientOutcome[] outcomes) => End(message, attempt, null, outcomes);

    public QueueDriver End(MessageId message, int attempt, AttemptDetails? details, params RecipientOutcome[] outcomes) =>
        Do(new QueueCommand.Ended(
            new Outcomes(
                Queue, Destination, [new JobOutcome(message, attempt, AttemptResult.Attempted, outcomes) { Details = details }]),
            "destination"));

    public QueueDriver End(MessageId message, int attempt, AttemptResult end) =>
        Do(new QueueCommand.Ended(new Outcomes(Queue, Destination, [new JobOutcome(message, attempt, end, [])]), "destination"));

    /// <summary>Orders an action on messages; on all messages if none is named.</summary>
    public QueueDriver Act(int number, MessageAction action, params MessageId[] messages) => Do(new QueueCommand.Act(
        new ApplyAction(Queue, number, action, Now.AddTicks(1), messages, "wrong campaign"), "operations"));

    public QueueDriver After(TimeSpan time)
    {
        Now += time;
        return Do(new QueueCommand.Tick());
    }

    public IReadOnlyList<T> Take<T>() where T : QueueEffect
    {
        var taken = Effects.OfType<T>().ToList();
        Effects.RemoveAll(effect => effect is T);
        return taken;
    }

    public IReadOnlyList<DeliveryJob> TakeJobs() => [.. Take<QueueEffect.SendJobs>().SelectMany(effect => effect.Jobs)];

    public IReadOnlyList<SettlementRequest> TakeReports() => [.. Take<QueueEffect.Settle>().SelectMany(effect => effect.Reports)];

    /// <summary>The state in the form of a checkpoint, to compare states by.</summary>
    public static string Describe(QueueState state) => string.Join('\n', Checkpoints.Write(state)
        .SelectMany(piece => piece.Entries.Select(
            e => $"{e.Part} {e.Open} {e.NextDue:O} {e.Attempt} {e.Tries} {e.Crashes} {e.IsInFlight} {e.LastReply} {e.IsDelayReported} "
                + $"{e.Action} {e.IsHeld}")
            .Concat(piece.Unsettled.Select(r => $"report {r.Message} {r.Attempt} {r.IsFinal} {r.Cause} {r.Reported.Count}")))
        .Order(StringComparer.Ordinal));

    public static RecipientOutcome Delivered(params int[] recipients) =>
        new(RecipientSet.Of(recipients), Disposition.Delivered, new SmtpReply(250, new EnhancedStatus(2, 0, 0), "ok"), "mx.example.org");

    public static RecipientOutcome Deferred(params int[] recipients) =>
        new(RecipientSet.Of(recipients), Disposition.Deferred, new SmtpReply(450, new EnhancedStatus(4, 2, 0), "later"), "mx.example.org");

    public static RecipientOutcome Failed(params int[] recipients) =>
        new(RecipientSet.Of(recipients), Disposition.Failed, new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user"),
            "mx.example.org");

    private void Keep(QueueDecision decision)
    {
        Journal.AddRange(decision.Events);
        Effects.AddRange(decision.Effects);
    }
}
