using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using static Postfleet.Testing.Formats.SampleValues;

namespace Postfleet.Contracts.Tests;

/// <summary>
/// The fixed records behind the golden bytes. Never change a released one: add a new sample, with a file of its own, for a new field.
/// </summary>
internal static class Samples
{
    /// <summary>By the name of the golden file, which begins with the manifest.</summary>
    public static readonly IReadOnlyDictionary<string, IProtocolMessage> All = new Dictionary<string, IProtocolMessage>
    {
        ["crg1"] = new CreditGranted(Queue, Site, 20),
        ["act1"] = new ApplyAction(Queue, 17, MessageAction.Bounce, At, [First, Second], "wrong campaign"),
        ["act1-move"] = new ApplyAction(Queue, 18, MessageAction.Move, At, [], "") { Stream = "bulk" },
        ["apr1"] = new ActionProgress(Queue, 17, 1500, true),
        ["apr1-waiting"] = new ActionProgress(Queue, 17, 1500, true) { Piece = 3, Held = 4, Suspended = 1500 },
        ["wac1"] = new WithdrawAction(Queue, 17),
        ["sch1"] = new SuspensionChanged(Queue),
        ["sun1"] = new SiteUnavailable(Queue, Site, TimeSpan.FromMinutes(1), Full),
        ["out1"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, Fates), new(Second, 2, AttemptResult.PartGone, [])]),
        ["out1-success"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, Successes)]),
        ["out1-stage"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, AtStages)]),
        ["out1-details"] = new Outcomes(
            Queue, Site,
            [
                new(First, 1, AttemptResult.Attempted, Fates) { Details = Details },
                new(Second, 2, AttemptResult.Attempted, Successes) { Details = Core.Queueing.AttemptDetails.Local },
            ]),
        ["dsq1"] = new DescribeQueue(Queue, 20),
        ["dsq1-message"] = new DescribeQueue(Queue, 1) { Message = First },
        ["qds1"] = new QueueDescription(Queue)
        {
            CountedSince = At,
            Delivered = new(1, 20, 300),
            Deferred = new(2, 30, 400),
            Failed = new(3, 40, 500),
            Messages =
            [
                new(First, WaitingState.Deferred, At, At.AddHours(1))
                {
                    Attempts = 3, Recipients = 2, LastReply = "452 4.2.2 Boîte pleine", RemoteHost = "mx1.example.org [192.0.2.1]",
                },
                new(Second, WaitingState.Held, At, null) { Recipients = 1, Action = 17 },
            ],
            Suspension = new(18, At.AddHours(2), "asked for a pause") { Since = At },
            Pause = new(At, At.AddMinutes(5), "451 4.4.1 no answer"),
            ResolvingSince = At.AddSeconds(1),
            CreditAskedSince = At.AddSeconds(2),
            NoRoute = new(At, "556 5.1.10 null MX"),
        },
        ["qds1-empty"] = new QueueDescription(Queue),
        ["dsd1"] = new DescribeDestination(Site),
        ["dds1"] = new DestinationDescription(Site)
        {
            Connections =
            [
                new(1, ConnectionPhase.Sending, At, At.AddSeconds(3))
                {
                    RemoteHost = "mx1.example.org [192.0.2.1]", Source = "198.51.100.7", Tls = "TLSv1.3,TLS_AES_256_GCM_SHA384,verified",
                    Messages = 4, Part = new(First, Queue),
                },
                new(2, ConnectionPhase.Opening, At, At),
            ],
            Replies = [new(At, "452 4.2.2 full", "mx1.example.org [192.0.2.1]", 12)],
            LastDeliveryAt = At,
            Queues = [new(Queue, 1, 2, 3)],
        },
        ["dds1-streams"] = new DestinationDescription(Site)
        {
            Queues = [new(Queue, 1, 2, 3)],
            Streams = [new("bulk", 10, 40, 400, 12, 3), new("default", 1, 1, 1, 2, 3)],
        },
        ["rqc1"] = new RequestCredit(Target, Queue, 1_000),
        ["rqc1-retry"] = new RequestCredit(Target, Queue, 1_000) { EndsPause = true },
        ["dlv1"] = new Deliver(Target, Queue, [new(First, 1, Many), new(Second, 2, RecipientSet.All(1))]),
        ["rtj1"] = new ReturnJobs(Site, Queue, [First, Second]),
        ["oak1"] = new OutcomesAcknowledged(Site, Queue, [new(First, 1), new(Second, 2)]),
    };
}
