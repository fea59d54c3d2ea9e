using CsCheck;
using Postfleet.Contracts.Events;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Generators;

namespace Postfleet.Contracts.Tests;

/// <summary>One generator for each type of the protocol and for each kind of event; a type without one fails the round-trip test.</summary>
internal static class ProtocolGen
{
    private static readonly Gen<PartOffer> Part = Gen.Select(ValueGen.Id, ValueGen.Count, ValueGen.Time, Gen.Bool,
        (id, recipients, acceptedAt, isRepeat) => new PartOffer(new QueuedPart(id, recipients, acceptedAt), isRepeat));

    private static readonly Gen<DeliveryJob> Job = Gen.Select(ValueGen.Id, ValueGen.Count, ValueGen.Set,
        (id, attempt, open) => new DeliveryJob(id, attempt, open));

    private static readonly Gen<JobOutcome> JobOutcome = Gen.Select(
        ValueGen.Id, ValueGen.Count, Gen.Enum<AttemptResult>(), ValueGen.Outcome.Array[0, 4],
        (id, attempt, end, recipients) => new JobOutcome(id, attempt, end, recipients));

    public static readonly IReadOnlyDictionary<Type, Gen<IQueueEvent>> Events = new Dictionary<Type, Gen<IQueueEvent>>
    {
        [typeof(OwnershipTaken)] = Gen.Select(ValueGen.Text, ValueGen.Time,
            (node, at) => (IQueueEvent)new OwnershipTaken(node, at)),
        [typeof(MessageEnqueued)] = Gen.Select(ValueGen.Id, ValueGen.Count, ValueGen.Time,
            (id, recipients, acceptedAt) => (IQueueEvent)new MessageEnqueued(new QueuedPart(id, recipients, acceptedAt))),
        [typeof(AttemptsStarted)] = Gen.Select(ValueGen.Destination, ValueGen.Time, ValueGen.Attempt.Array[0, 20],
            (destination, at, attempts) => (IQueueEvent)new AttemptsStarted(destination, at, attempts)),
        [typeof(AttemptEnded)] = Gen.Select(JobOutcome, ValueGen.Time, ValueGen.TimeOrNull,
            (job, at, due) => (IQueueEvent)new AttemptEnded(job.Message, job.Attempt, at, job.Result, job.Recipients, due)),
        [typeof(MessageExpired)] = Gen.Select(ValueGen.Attempt, ValueGen.Time, ValueGen.Reply, ValueGen.Host,
            (attempt, at, reply, host) => (IQueueEvent)new MessageExpired(attempt.Message, attempt.Attempt, at, reply, host)),
        [typeof(MessageDelayed)] = Gen.Select(ValueGen.Attempt, ValueGen.Time, ValueGen.Reply, ValueGen.Host,
            (attempt, at, reply, host) => (IQueueEvent)new MessageDelayed(attempt.Message, attempt.Attempt, at, reply, host)),
        [typeof(SiteDeferred)] = Gen.Select(ValueGen.Time, ValueGen.Time, ValueGen.Reply,
            (at, until, reply) => (IQueueEvent)new SiteDeferred(at, until, reply)),
    };

    private static readonly Gen<CheckpointEntry> Entry = Gen.Select(
        Gen.Select(ValueGen.Attempt, ValueGen.Set, ValueGen.Time, ValueGen.Time),
        Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count),
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, ValueGen.Destination, ValueGen.Reply, ValueGen.Host, Gen.Bool),
        (first, counts, rest) => new CheckpointEntry
        {
            Part = new QueuedPart(first.Item1.Message, counts.Item1, first.Item3),
            Attempt = first.Item1.Attempt,
            Open = first.Item2,
            NextDue = first.Item4,
            Tries = counts.Item2,
            Crashes = counts.Item3,
            IsInFlight = rest.Item1,
            IsMarked = rest.Item2,
            Destination = rest.Item1 ? rest.Item4 : null,
            LastReply = rest.Item3 ? rest.Item5 : null,
            LastRemoteHost = rest.Item6,
            IsDelayReported = rest.Item7,
        });

    private static readonly Gen<CheckpointReport> Report = Gen.Select(
        ValueGen.Attempt, Gen.Bool, ValueGen.Time, Gen.Enum<ReportCause>(), ValueGen.Outcome.Array[0, 4],
        (attempt, isFinal, acceptedAt, cause, reported) =>
            new CheckpointReport(attempt.Message, attempt.Attempt, isFinal, acceptedAt, cause, reported));

    private static readonly Gen<CheckpointQueue> Whole = Gen.Select(
        ValueGen.TimeOrNull, ValueGen.Reply, Gen.Bool, ValueGen.Count, ValueGen.Reply, Gen.Bool,
        (until, why, hasReason, failures, last, hasLast) =>
            new CheckpointQueue(until, hasReason ? why : null, failures, hasLast ? last : null));

    // A time of 0 and an empty text stand for none.
    private static readonly Gen<DateTimeOffset?> TimeOrNone = ValueGen.TimeOrNull.Select(time => time?.UtcTicks > 0 ? time : null);

    private static readonly Gen<string?> TextOrNone = ValueGen.Text.Select(text => text.Length > 0 ? text : null);

    private static readonly Gen<QueueReport> QueueReport = Gen.Select(
        ValueGen.Queue, Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count), TimeOrNone, TimeOrNone,
        TextOrNone, TextOrNone,
        (queue, counts, oldest, next, reply, destination) => new QueueReport(queue, new QueueCounts
        {
            Messages = counts.Item1,
            Recipients = counts.Item2,
            Due = counts.Item3,
            Deferred = counts.Item4,
            InFlight = counts.Item5,
            OldestAcceptedAt = oldest,
            NextDue = next,
            LastReply = reply,
            Destination = destination,
        }));

    private static readonly Gen<DestinationReport> DestinationReport = Gen.Select(
        ValueGen.Destination, Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count),
        TimeOrNone, TextOrNone,
        ValueGen.Text, Gen.Select(Gen.Bool, Gen.Int, (some, tokens) => some ? tokens : (int?)null), ValueGen.Count,
        (destination, counts, down, reply, rate, tokens, connections) => new DestinationReport(destination, new DestinationCounts
        {
            MaxConnections = connections,
            MaxRate = rate,
            Tokens = tokens,
            Queues = counts.Item1,
            Waiting = counts.Item2,
            Running = counts.Item3,
            Connections = counts.Item4,
            Granted = counts.Item5,
            Unacknowledged = counts.Item6,
            DownUntil = down,
            Reply = reply,
        }));

    private static readonly Gen<RegionReport> Region = Gen.Select(
        ValueGen.Text, Gen.Select(ValueGen.Text, ValueGen.Count, (shard, entities) => new ShardReport(shard, entities)).Array[0, 5],
        (name, shards) => new RegionReport(name, shards));

    public static readonly IReadOnlyDictionary<Type, Gen<IProtocolMessage>> Messages = new Dictionary<Type, Gen<IProtocolMessage>>
    {
        [typeof(Enqueue)] = Gen.Select(ValueGen.Queue, Part.Array[0, 20], (queue, parts) => (IProtocolMessage)new Enqueue(queue, parts)),
        [typeof(Enqueued)] = Gen
            .Select(ValueGen.Queue, ValueGen.Id.Array[0, 20], (queue, ids) => (IProtocolMessage)new Enqueued(queue, ids)),
        [typeof(CreditGranted)] = Gen.Select(ValueGen.Queue, ValueGen.Destination, ValueGen.Count, Gen.Long,
            (queue, destination, credits, incarnation) =>
                (IProtocolMessage)new CreditGranted(queue, destination, credits) { Incarnation = incarnation }),
        [typeof(SiteUnavailable)] = Gen.Select(ValueGen.Queue, ValueGen.Destination, Gen.Long[0, TimeSpan.TicksPerDay], ValueGen.Reply,
            (queue, destination, ticks, reply) =>
                (IProtocolMessage)new SiteUnavailable(queue, destination, TimeSpan.FromTicks(ticks), reply)),
        [typeof(Outcomes)] = Gen.Select(ValueGen.Queue, ValueGen.Destination, JobOutcome.Array[0, 20],
            (queue, destination, jobs) => (IProtocolMessage)new Outcomes(queue, destination, jobs)),
        [typeof(RequestCredit)] = Gen.Select(ValueGen.Target, ValueGen.Queue, ValueGen.Count,
            (target, queue, jobs) => (IProtocolMessage)new RequestCredit(target, queue, jobs)),
        [typeof(Deliver)] = Gen.Select(ValueGen.Target, ValueGen.Queue, Job.Array[0, 20], Gen.Long,
            (target, queue, jobs, incarnation) => (IProtocolMessage)new Deliver(target, queue, jobs) { Incarnation = incarnation }),
        [typeof(OutcomesAcknowledged)] = Gen.Select(ValueGen.Destination, ValueGen.Queue, ValueGen.Attempt.Array[0, 20],
            (destination, queue, attempts) => (IProtocolMessage)new OutcomesAcknowledged(destination, queue, attempts)),
        [typeof(AskNode)] = Gen.Select(Gen.Bool, ValueGen.Queue, ValueGen.Count, ValueGen.Count,
            (isOne, queue, queues, destinations) => (IProtocolMessage)new AskNode(isOne ? queue : null, queues, destinations)),
        [typeof(NodeReport)] = Gen.Select(
            Gen.Select(Gen.Long, Gen.Long, Gen.Long, Gen.Long, Gen.Long, (a, b, c, d, e) => new QueueTotals(a, b, c, d, e)),
            ValueGen.Count, QueueReport.Array[0, 5], ValueGen.Count, DestinationReport.Array[0, 5], Region.Array[0, 3],
            (total, queues, listed, destinations, listedDestinations, regions) =>
                (IProtocolMessage)new NodeReport(total, queues, listed, destinations, listedDestinations, regions)),
        [typeof(QueueEventBatch)] = Gen.OneOf([.. Events.Values]).Array[0, 20]
            .Select(events => (IProtocolMessage)new QueueEventBatch(events)),
        [typeof(CheckpointPiece)] = Gen.Select(ValueGen.Count, Gen.Bool, Entry.Array[0, 20], Report.Array[0, 5], Whole,
            (index, isLast, entries, unsettled, whole) =>
                (IProtocolMessage)new CheckpointPiece(index, isLast, entries, unsettled) { Queue = isLast ? whole : null }),
    };
}
