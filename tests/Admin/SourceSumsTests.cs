using CsCheck;
using Postfleet.Admin.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class SourceSumsTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 5, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(DestinationId Id, DestinationCounts Counts, int Node)> Destination = Gen.Select(
        Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 9], Gen.Int[-5, 5], Gen.Int[0, 3], Gen.Bool, Gen.Int[0, 2],
        (source, provider, jobs, until, down, isLowered, node) => (
            new DestinationId($"out{source}|mx{jobs}.test"),
            new DestinationCounts
            {
                Provider = provider == 0 ? "" : "example",
                Waiting = jobs,
                Running = jobs / 2,
                Connections = jobs / 3,
                PausedSince = Now.AddMinutes(-9),
                PausedUntil = Now.AddMinutes(until),
                RuleReply = "421 paused",
                DownSince = down == 0 ? null : Now.AddMinutes(-down),
                Reply = down == 0 ? null : $"451 down {down}",
                Factor = isLowered ? 0.5 : null,
            },
            node));

    [Fact]
    public void Unreachable_paused_and_slowed_destinations_are_counted_by_source_and_provider()
    {
        var sums = Sum(
        [
            (new("out1|mx1.test"), new() { Waiting = 2, DownSince = Now.AddMinutes(-3), Reply = "451 4.4.1 no answer" }),
            (new("out1|mx2.test"), new() { Running = 1, Connections = 1 }),
            (new("out1|mx3.test"), new()
            {
                Provider = "example", Factor = 0.5, PausedSince = Now, PausedUntil = Now.AddHours(1), RuleReply = "421 4.7.0 slow down",
            }),
            (new("out2|mx1.test"), new() { PausedUntil = Now, RuleReply = "421 over" }),
        ]);
        Assert.Equal(
            [
                new("out1", "")
                {
                    Destinations = 2, Unreachable = 1, Waiting = 2, Running = 1, Connections = 1, FailedSince = Now.AddMinutes(-3),
                    Reply = "451 4.4.1 no answer",
                },
                new("out1", "example") { Destinations = 1, Paused = 1, Lowered = 1, FailedSince = Now, Reply = "421 4.7.0 slow down" },
                new SourceStatistics("out2", "") { Destinations = 1 },
            ],
            sums.ToList());
    }

    [Fact]
    public void The_newest_trouble_is_shown_in_whatever_order_destinations_come()
    {
        (DestinationId, DestinationCounts) first = (new("out1|a.test"), new() { DownSince = Now.AddHours(-2), Reply = "451 older" });
        (DestinationId, DestinationCounts) second = (new("out1|b.test"), new() { DownSince = Now.AddHours(-1), Reply = "451 newer" });
        Assert.Equal("451 newer", Assert.Single(Sum([first, second]).ToList()).Reply);
        Assert.Equal("451 newer", Assert.Single(Sum([second, first]).ToList()).Reply);
    }

    [Fact]
    public void Sums_of_nodes_make_the_sums_of_the_cluster() => Destination.List[0, 30].Sample(all =>
    {
        var cluster = new SourceSums();
        foreach (var node in all.GroupBy(each => each.Node))
            foreach (var sums in Sum(node.Select(each => (each.Id, each.Counts))).ToList()) cluster.Add(sums);
        // Replies of the same time may be of either destination.
        Assert.Equal(
            Sum(all.Select(each => (each.Id, each.Counts))).ToList().Select(sums => sums with { Reply = null }),
            cluster.ToList().Select(sums => sums with { Reply = null }));
        Assert.Equal(all.Count, cluster.ToList().Sum(sums => sums.Destinations));
    });

    [Fact]
    public void List_is_bounded()
    {
        var sums = Sum(
            Enumerable.Range(0, SourceSums.Max + 50).Select(i => (new DestinationId($"out{i}|a.test"), new DestinationCounts())));
        Assert.Equal(SourceSums.Max, sums.ToList().Count);
    }

    private static SourceSums Sum(IEnumerable<(DestinationId Id, DestinationCounts Counts)> destinations)
    {
        var sums = new SourceSums();
        foreach (var (id, counts) in destinations) sums.Add(id, counts, Now);
        return sums;
    }
}
