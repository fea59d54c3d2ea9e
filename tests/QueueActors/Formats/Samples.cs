using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using static Postfleet.Testing.Formats.SampleValues;

namespace Postfleet.QueueActors.Tests.Formats;

/// <summary>
/// The fixed records behind the golden bytes. Never change a released one: add a new sample, with a file of its own, for a new field.
/// </summary>
internal static class Samples
{
    private static QueuedPart Handled => new(First, 205, At)
    {
        Priority = -4,
        DeliverByMode = DeliverByMode.Return,
        DeliverWithin = 120,
    };

    /// <summary>By the name of the golden file, which begins with the manifest.</summary>
    public static readonly IReadOnlyDictionary<string, IProtocolMessage> All = new Dictionary<string, IProtocolMessage>
    {
        ["enq1"] = new Enqueue(Queue, [new(new(First, 205, At), false), new(new(Second, 1, At), true)]),
        ["enq1-send-after"] = new Enqueue(Queue, [new(new(First, 205, At) { SendAfter = 3600 }, true)]),
        ["enq1-handling"] = new Enqueue(Queue, [new(Handled, false)]),
        ["enqd1"] = new Enqueued(Queue, [First, Second]),
        ["qev1-ownership-taken"] = Batch(new OwnershipTaken("akka.tcp://postfleet@10.0.0.1:4053", At)),
        ["qev1-message-enqueued"] = Batch(
            new MessageEnqueued(new QueuedPart(First, 205, At)), new MessageEnqueued(new QueuedPart(Second, 1, At.AddSeconds(1)))),
        ["qev1-message-enqueued-send-after"] = Batch(new MessageEnqueued(new QueuedPart(First, 205, At) { SendAfter = 3600 })),
        ["qev1-message-enqueued-handling"] = Batch(
            new MessageEnqueued(Handled),
            new MessageEnqueued(new QueuedPart(Second, 1, At) { Priority = 9, DeliverByMode = DeliverByMode.Notify })),
        ["qev1-attempts-started"] = Batch(new AttemptsStarted(Site, At, [new(First, 1), new(Second, 300)])),
        ["qev1-attempt-ended"] = Batch(
            new AttemptEnded(First, 1, At, AttemptResult.Attempted, Fates, At.AddMinutes(5)),
            new AttemptEnded(Second, 300, At, AttemptResult.PartGone, [], null),
            new AttemptEnded(Second, 301, At, AttemptResult.NotAttempted, [], At),
            new AttemptEnded(Second, 302, At, AttemptResult.Crashed, [], At)),
        ["qev1-message-expired"] = Batch(
            new MessageExpired(First, 9, At, Full, "mx1.example.org [192.0.2.1]"), new MessageExpired(Second, 1, At, Full, "")),
        ["qev1-message-delayed"] = Batch(
            new MessageDelayed(First, 9, At, Full, "mx1.example.org [192.0.2.1]"), new MessageDelayed(Second, 1, At, Full, "")),
        ["qev1-attempt-ended-success"] = Batch(new AttemptEnded(First, 1, At, AttemptResult.Attempted, Successes, null)),
        ["qev1-attempt-ended-stage"] = Batch(new AttemptEnded(First, 1, At, AttemptResult.Attempted, AtStages, At.AddMinutes(5))),
        ["qev1-attempt-ended-details"] = Batch(
            new AttemptEnded(First, 1, At, AttemptResult.Attempted, Fates, At.AddMinutes(5)) { Details = Details },
            new AttemptEnded(Second, 1, At, AttemptResult.Attempted, Fates, null) { Details = Details with { Duration = TimeSpan.Zero } }),
        ["qev1-site-deferred"] = Batch(new SiteDeferred(At, At.AddMinutes(10), Full)),
        ["qev1-action-applied"] = Batch(
            new ActionApplied(17, MessageAction.Bounce, At, [new(First, 4), new(Second, 1)], Full),
            new ActionApplied(18, MessageAction.Hold, At, [new(Second, 0)], null)),
        ["qev1-action-applied-move"] = Batch(
            new ActionApplied(17, MessageAction.Move, At, [new(First, 4)], Full) { Stream = "bulk" }),
        ["qev1-message-enqueued-moved"] = Batch(
            new MessageEnqueued(new QueuedPart(First, 205, At)) { Moved = Moved },
            new MessageEnqueued(new QueuedPart(Second, 1, At)) { Moved = new MovedPart(RecipientSet.All(1), 1, 2) }),
        ["ckp1-moved"] = new CheckpointPiece(
            0, true, [new() { Part = new(First, 1, At), Open = RecipientSet.All(1), NextDue = At, Moves = 3 }],
            [
                new(Second, 3, true, At, ReportCause.Moved, [])
                {
                    Move = new RequestedMove("bulk", new QueuedPart(Second, 205, At) { SendAfter = 3600 }, Moved),
                },
            ]),
        ["ckp1-handling"] = new CheckpointPiece(
            0, true, [new() { Part = Handled, Open = RecipientSet.All(205), NextDue = At }],
            [
                new(Second, 3, true, At, ReportCause.Moved, [])
                {
                    Move = new RequestedMove("bulk", Handled with { Message = Second }, Moved),
                },
            ]),
        ["qev1-empty"] = Batch(),
        ["qev1-owner"] = Batch(new MessageEnqueued(new QueuedPart(First, 205, At))) with { Owner = "10.0.0.1:4053" },
        ["ckp1-entries-send-after"] = new CheckpointPiece(
            0, false, [new() { Part = new(Second, 1, At) { SendAfter = 3600 }, Open = RecipientSet.All(1), NextDue = At.AddHours(1) }], []),
        ["ckp1-entries"] = new CheckpointPiece(
            0,
            false,
            [
                new()
                {
                    Part = new(First, 205, At),
                    Open = Many,
                    NextDue = At.AddHours(4),
                    Attempt = 7,
                    Tries = 6,
                    Crashes = 1,
                    IsInFlight = true,
                    Destination = Site,
                    IsMarked = true,
                    LastReply = Full,
                    LastRemoteHost = "mx1.example.org [192.0.2.1]",
                },
                new() { Part = new(Second, 1, At), Open = RecipientSet.All(1), NextDue = At },
            ],
            []),
        ["ckp1-unsettled"] = new CheckpointPiece(
            1, true, [], [new(First, 3, true, At, ReportCause.Expired, Fates), new(Second, 1, false, At, ReportCause.Attempt, [])]),
        ["ckp1-delayed"] = new CheckpointPiece(
            0,
            true,
            [
                new()
                {
                    Part = new(First, 1, At), Open = RecipientSet.All(1), NextDue = At, Attempt = 3,
                    IsDelayReported = true,
                },
            ],
            [new(First, 3, false, At, ReportCause.Delayed, [Fates[2]]), new(Second, 1, true, At, ReportCause.Attempt, Successes)]),
        ["ckp1-outcomes"] = new CheckpointPiece(
            0, true, [], [new(First, 3, true, At, ReportCause.Expired, []) { Outcomes = new(ReportCause.Expired, At.AddHours(1), Fates) }]),
        ["ckp1-actions"] = new CheckpointPiece(
            0, true, [new() { Part = new(First, 1, At), Open = RecipientSet.All(1), NextDue = At, Action = 17, IsHeld = true }],
            [new(Second, 3, true, At, ReportCause.Bounced, [Fates[2]]), new(First, 1, true, At, ReportCause.Deleted, [])]),
        ["ckp1-outcomes-details"] = new CheckpointPiece(
            0,
            true,
            [],
            [
                new(First, 3, true, At, ReportCause.Attempt, [])
                {
                    Outcomes = new(ReportCause.Attempt, At.AddHours(1), Fates) { Details = Details },
                },
            ]),
        ["ckp1-queue"] = new CheckpointPiece(0, true, [], []) { Queue = new(At.AddHours(2), Full, 2, NoUser) },
        ["ckp1-queue-since"] = new CheckpointPiece(0, true, [], [])
        {
            Queue = new(At.AddHours(2), Full, 2, NoUser) { SiteSince = At },
        },
        ["ckp1-queue-owner"] = new CheckpointPiece(0, true, [], [])
        {
            Queue = new(At.AddHours(2), Full, 2, NoUser) { Owner = "10.0.0.1:4053" },
        },
        ["ckp1-queue-says-nothing"] = new CheckpointPiece(0, true, [], []) { Queue = new(null, null, 0, null) },
    };

    private static MovedPart Moved => new(Many, 4, 1)
    {
        Tries = 3,
        Crashes = 1,
        Action = 17,
        IsDelayReported = true,
        IsHeld = true,
        LastReply = Full,
        LastRemoteHost = "mx1.example.org [192.0.2.1]",
    };

    private static QueueEventBatch Batch(params IQueueEvent[] events) => new(events);
}
