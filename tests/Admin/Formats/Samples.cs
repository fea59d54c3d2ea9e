using Postfleet.Admin.Messages;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using static Postfleet.Testing.Formats.SampleValues;

namespace Postfleet.Admin.Tests.Formats;

/// <summary>
/// The fixed records behind the golden bytes. Never change a released sample: add a new sample, with a file of its own, for a new field.
/// </summary>
internal static class Samples
{
    /// <summary>The records by the name of their golden file, which begins with the manifest.</summary>
    public static readonly IReadOnlyDictionary<string, IProtocolMessage> All = new Dictionary<string, IProtocolMessage>
    {
        ["ans1"] = new GetNodeStatistics(Queue, 1000, 100),
        ["ans1-paged"] = new GetNodeStatistics(null, 1000, 100)
        {
            QueuesAfter = new ListPlace(5, Queue.Value),
            DestinationsAfter = new ListPlace(0, Site.Value),
        },
        ["ans1-filter"] = new GetNodeStatistics(null, 0, 0)
        {
            Filter = new QueueFilter("*", "*.example.org", "bulk", Site.Value),
            Destination = Site,
        },
        ["ans1-described"] = new GetNodeStatistics(Queue, 1, 1)
        {
            Destination = Site,
            IsDescribed = true,
            MaxMessages = 20,
            Message = First,
        },
        ["ans1-source"] = new GetNodeStatistics(null, 0, 100) { Source = "out1" },
        ["nrp1-sources"] = new NodeStatistics(
            new QueueTotals(0, 0, 0, 0, 0), 0, [], 1, [new(Site, new() { Provider = "example" })], [])
        {
            Sources =
            [
                new("out1", "example")
                {
                    Destinations = 1, Unreachable = 2, Paused = 3, Lowered = 4, Waiting = 5, Running = 6, Connections = 7,
                    FailedSince = At, Reply = "421 slow down",
                },
            ],
        },
        ["nrp1-described"] = new NodeStatistics(
            new QueueTotals(0, 0, 0, 0, 0), 1,
            [new(Queue, new() { Messages = 1 }) { Description = new QueueDescription(Queue) { CountedSince = At, Failed = new(1, 2, 3) } }],
            1,
            [
                new(Site, new()
                {
                    Wanted = 7, RateSince = At, RateUntil = At.AddSeconds(1), FullSince = At.AddSeconds(2), IsLeaving = true,
                    DownSince = At.AddSeconds(3),
                })
                {
                    Description = new DestinationDescription(Site) { LastDeliveryAt = At },
                },
            ],
            [])
        {
            Flow = new RecentFlow(1, 2, 3),
        },
        ["rld1"] = new ReloadNode("token ops"),
        ["rldd1"] = new NodeReloaded(["Routes"], ["Listeners"], ["Queues:FirstRetry is 'soon'"]),
        ["nrp1-settings"] = new NodeStatistics(
            new QueueTotals(0, 0, 0, 0, 0), 0, [], 1,
            [new(Site, new() { MaxConnections = 20, ConnectionsSetting = "connections", MaxRate = "50/s", RateSetting = "rate" })], []),
        ["nrp1-shaped"] = new NodeStatistics(
            new QueueTotals(0, 0, 0, 0, 0), 0, [], 1,
            [
                new(Site, new()
                {
                    Rule = "throttled", Factor = 0.25, RuleReply = "421 slow down", RisesAt = At, PausedSince = At.AddSeconds(1),
                    PausedUntil = At.AddSeconds(2),
                }),
            ],
            []),
        ["nrp1-more"] = new NodeStatistics(new QueueTotals(0, 0, 0, 0, 0), 0, [], 0, [], [])
        {
            HasMoreQueues = true,
            HasMoreDestinations = true,
        },
        ["nrp1-held"] = new NodeStatistics(
            new QueueTotals(7, 9, 1, 2, 1, 3), 1, [new(Queue, new() { Messages = 7, Deferred = 2, InFlight = 1, Held = 3 })], 0, [], []),
        ["nrp1"] = new NodeStatistics(
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
    };
}
