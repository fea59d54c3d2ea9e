using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.Testing.Generators;

namespace Postfleet.QueueActors.Tests.Formats;

/// <summary>A generator for each message and row of the module, and for each kind of event.</summary>
internal static class ProtocolGen
{
    private static readonly Gen<QueuedPart> Queued = Gen.Select(
        Gen.Select(ValueGen.Id, ValueGen.Count, ValueGen.Time, ValueGen.Count),
        Gen.Select(Gen.Int[-9, 9], Gen.Enum<DeliverByMode>(), ValueGen.Count),
        (part, handling) => new QueuedPart(part.Item1, part.Item2, part.Item3)
        {
            SendAfter = part.Item4,
            Priority = handling.Item1,
            DeliverByMode = handling.Item2,
            DeliverWithin = handling.Item3,
        });

    private static readonly Gen<MovedPart> Moved = Gen.Select(
        Gen.Select(ValueGen.Set, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count),
        Gen.Select(Gen.Bool, Gen.Bool, ValueGen.Reply, Gen.Bool, ValueGen.Host),
        (counts, rest) => new MovedPart(counts.Item1, counts.Item2, counts.Item3)
        {
            Tries = counts.Item4,
            Crashes = counts.Item5,
            Action = counts.Item6,
            IsDelayReported = rest.Item1,
            IsHeld = rest.Item2,
            LastReply = rest.Item4 ? rest.Item3 : null,
            LastRemoteHost = rest.Item5,
        });

    public static readonly IReadOnlyDictionary<Type, Gen<IQueueEvent>> Events = new Dictionary<Type, Gen<IQueueEvent>>
    {
        [typeof(OwnershipTaken)] = Gen.Select(ValueGen.Text, ValueGen.Time,
            (node, at) => (IQueueEvent)new OwnershipTaken(node, at)),
        [typeof(MessageEnqueued)] = Gen.Select(Queued, Moved, Gen.Bool,
            (part, moved, isMoved) => (IQueueEvent)new MessageEnqueued(part) { Moved = isMoved ? moved : null }),
        [typeof(AttemptsStarted)] = Gen.Select(ValueGen.Destination, ValueGen.Time, ValueGen.Attempt.Array[0, 20],
            (destination, at, attempts) => (IQueueEvent)new AttemptsStarted(destination, at, attempts)),
        [typeof(AttemptEnded)] = Gen.Select(ValueGen.JobOutcome, ValueGen.Time, ValueGen.TimeOrNull,
            (job, at, due) => (IQueueEvent)new AttemptEnded(job.Message, job.Attempt, at, job.Result, job.Recipients, due)
            {
                Details = job.Details,
            }),
        [typeof(MessageExpired)] = Gen.Select(ValueGen.Attempt, ValueGen.Time, ValueGen.Reply, ValueGen.Host,
            (attempt, at, reply, host) => (IQueueEvent)new MessageExpired(attempt.Message, attempt.Attempt, at, reply, host)),
        [typeof(MessageDelayed)] = Gen.Select(ValueGen.Attempt, ValueGen.Time, ValueGen.Reply, ValueGen.Host,
            (attempt, at, reply, host) => (IQueueEvent)new MessageDelayed(attempt.Message, attempt.Attempt, at, reply, host)),
        [typeof(ActionApplied)] = Gen.Select(
            ValueGen.Count, Gen.Enum<MessageAction>(), ValueGen.Time, ValueGen.Attempt.Array[0, 20], ValueGen.Reply, Gen.Bool,
            ValueGen.Text,
            (number, action, at, messages, reply, hasReply, stream) =>
                (IQueueEvent)new ActionApplied(number, action, at, messages, hasReply ? reply : null) { Stream = stream }),
        [typeof(SiteDeferred)] = Gen.Select(ValueGen.Time, ValueGen.Time, ValueGen.Reply,
            (at, until, reply) => (IQueueEvent)new SiteDeferred(at, until, reply)),
    };

    private static readonly Gen<PartOffer> Part = Gen.Select(
        Queued, Gen.Bool, (part, isRepeat) => new PartOffer(part, isRepeat));

    private static readonly Gen<CheckpointEntry> Entry = Gen.Select(
        Gen.Select(ValueGen.Attempt, ValueGen.Set, Queued, ValueGen.Time),
        Gen.Select(ValueGen.Count, ValueGen.Count, ValueGen.Count, ValueGen.Count, Gen.Bool),
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, ValueGen.Destination, ValueGen.Reply, ValueGen.Host, Gen.Bool),
        (first, counts, rest) => new CheckpointEntry
        {
            Part = first.Item3,
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
            Action = counts.Item4,
            IsHeld = counts.Item5,
            Moves = counts.Item1,
        });

    private static readonly Gen<SettlementRequest> Report = Gen.Select(
        ValueGen.Attempt, Gen.Bool, ValueGen.Time, Gen.Enum<ReportCause>(), ValueGen.Outcome.Array[0, 4], Gen.Bool,
        ValueGen.DetailsOrNull,
        Gen.Select(ValueGen.Text, Queued, Moved, Gen.Bool),
        (attempt, isFinal, acceptedAt, cause, reported, isKept, details, move) =>
            new SettlementRequest(attempt.Message, attempt.Attempt, isFinal, acceptedAt, cause, reported)
            {
                Outcomes = isKept ? new PartOutcomes(cause, acceptedAt.AddSeconds(1), reported) { Details = details } : null,
                Move = move.Item4
                    ? new RequestedMove(move.Item1, move.Item2 with { Message = attempt.Message, AcceptedAt = acceptedAt }, move.Item3)
                    : null,
            });

    private static readonly Gen<CheckpointQueue> Whole = Gen.Select(
        ValueGen.TimeOrNull, ValueGen.Reply, Gen.Bool, ValueGen.Count, ValueGen.Reply, Gen.Bool, ValueGen.Text,
        (until, why, hasReason, failures, last, hasLast, owner) =>
            new CheckpointQueue(until, hasReason ? why : null, failures, hasLast ? last : null)
            {
                SiteSince = until,
                Owner = owner.Length > 0 ? owner : null,
            });

    public static readonly IReadOnlyDictionary<Type, Gen<IProtocolMessage>> Messages = new Dictionary<Type, Gen<IProtocolMessage>>
    {
        [typeof(Enqueue)] = Gen.Select(ValueGen.Queue, Part.Array[0, 20], (queue, parts) => (IProtocolMessage)new Enqueue(queue, parts)),
        [typeof(Enqueued)] = Gen
            .Select(ValueGen.Queue, ValueGen.Id.Array[0, 20], (queue, ids) => (IProtocolMessage)new Enqueued(queue, ids)),
        [typeof(QueueEventBatch)] = Gen.Select(Gen.OneOf([.. Events.Values]).Array[0, 20], ValueGen.Text, Gen.Bool,
            (events, owner, isFirst) =>
                (IProtocolMessage)new QueueEventBatch(events) { Owner = isFirst && owner.Length > 0 ? owner : null }),
        [typeof(CheckpointPiece)] = Gen.Select(ValueGen.Count, Gen.Bool, Entry.Array[0, 20], Report.Array[0, 5], Whole,
            (index, isLast, entries, unsettled, whole) =>
                (IProtocolMessage)new CheckpointPiece(index, isLast, entries, unsettled) { Queue = isLast ? whole : null }),
    };
}
