using Postfleet.Contracts.Events;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Tests;

/// <summary>
/// The fixed records behind the golden bytes. Never change one that was released: add a new sample, with its own file, when a field is
/// added.
/// </summary>
internal static class Samples
{
    private static readonly MessageId First = MessageId.FromHalves(0x0192_3456_789A_7BCD, 0x8123_4567_89AB_CDEF);
    private static readonly MessageId Second = MessageId.FromHalves(0x0192_3456_789B_7001, 0x8000_0000_0000_0001);
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 1, 12, 30, 15, TimeSpan.Zero).AddTicks(1_234_567);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:example.org");
    private static readonly DestinationId Site = new("default|mx1.example.org");
    private static readonly SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "Ok: queued as 4CdZ7f");
    private static readonly SmtpReply Full = new(452, new EnhancedStatus(4, 2, 2), "Boîte pleine\ntry later");
    private static readonly SmtpReply NoUser = new(550, null, "no such user");
    private static readonly RecipientSet Many = RecipientSet.Of([2, 63, 64, 200]);
    private static readonly DeliveryTarget Target = new(Site, TargetKind.Mx, [new(10, "mx1.example.org"), new(20, "mx2.example.org")], 25);

    private static readonly IReadOnlyList<RecipientOutcome> Fates =
    [
        new(RecipientSet.Of(0), Disposition.Delivered, Ok, "mx1.example.org [192.0.2.1]"),
        new(RecipientSet.Of(1), Disposition.Failed, NoUser, "mx1.example.org [192.0.2.1]"),
        new(Many, Disposition.Deferred, Full, ""),
    ];

    private static readonly IReadOnlyList<RecipientOutcome> Successes =
    [
        new(RecipientSet.Of(0), Disposition.Delivered, Ok, "mx1.example.org [192.0.2.1]") { Success = SuccessReport.Relayed },
        new(RecipientSet.Of(1), Disposition.Delivered, Ok, "") { Success = SuccessReport.Delivered },
    ];

    // The same reply to different commands is another reply.
    private static readonly IReadOnlyList<RecipientOutcome> AtStages =
    [
        .. new[] { ReplyStage.Unknown, ReplyStage.Mail, ReplyStage.Recipient, ReplyStage.Data, ReplyStage.Content, ReplyStage.EndOfData }
            .Select((stage, i) =>
            new RecipientOutcome(RecipientSet
                .Of(i), Disposition.Deferred, new SmtpReply(450, null, "later") { Stage = stage }, "mx1.example.org [192.0.2.1]")),
    ];

    /// <summary>By the name of the golden file, which begins with the manifest.</summary>
    public static readonly IReadOnlyDictionary<string, IProtocolMessage> All = new Dictionary<string, IProtocolMessage>
    {
        ["qev1-ownership-taken"] = Batch(new OwnershipTaken("akka.tcp://postfleet@10.0.0.1:4053", At)),
        ["qev1-message-enqueued"] = Batch(
            new MessageEnqueued(new QueuedPart(First, 205, At)), new MessageEnqueued(new QueuedPart(Second, 1, At.AddSeconds(1)))),
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
        ["qev1-site-deferred"] = Batch(new SiteDeferred(At, At.AddMinutes(10), Full)),
        ["qev1-empty"] = Batch(),
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
        ["ckp1-queue"] = new CheckpointPiece(0, true, [], []) { Queue = new(At.AddHours(2), Full, 2, NoUser) },
        ["ckp1-queue-says-nothing"] = new CheckpointPiece(0, true, [], []) { Queue = new(null, null, 0, null) },
        ["enq1"] = new Enqueue(Queue, [new(new(First, 205, At), false), new(new(Second, 1, At), true)]),
        ["enqd1"] = new Enqueued(Queue, [First, Second]),
        ["crg1"] = new CreditGranted(Queue, Site, 20),
        ["sun1"] = new SiteUnavailable(Queue, Site, TimeSpan.FromMinutes(1), Full),
        ["out1"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, Fates), new(Second, 2, AttemptResult.PartGone, [])]),
        ["out1-success"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, Successes)]),
        ["out1-stage"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, AtStages)]),
        ["rqc1"] = new RequestCredit(Target, Queue, 1_000),
        ["dlv1"] = new Deliver(Target, Queue, [new(First, 1, Many), new(Second, 2, RecipientSet.All(1))]),
        ["ans1"] = new AskNode(Queue, 1000, 100),
        ["nrp1"] = new NodeReport(
            new QueueTotals(7, 9, 1, 2, 4),
            3,
            [
                new(Queue, new() { Messages = 5, Recipients = 6, Due = 1, Deferred = 2, InFlight = 2, OldestAcceptedAt = At, NextDue = At
                    .AddHours(1), LastReply = "452 4.2.2 full", Destination = Site.Value }),
                new(QueueKey.FromTrusted("bulk:example.net"), new() { Messages = 2 }),
            ],
            1,
            [new(Site, new() { Queues = 1, Waiting = 2, Running = 3, Connections = 4, Granted = 5, Unacknowledged = 6, DownUntil = At,
                Reply = "451 4.4.1 no answer", MaxConnections = 20, MaxRate = "50/s", Tokens = -1 })],
            [new("domain-queue", [new("17", 2), new("4", 1)])]),
        ["oak1"] = new OutcomesAcknowledged(Site, Queue, [new(First, 1), new(Second, 2)]),
    };

    private static QueueEventBatch Batch(params IQueueEvent[] events) => new(events);
}
