using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The shares of streams at a destination with more mail than it can send.</summary>
public sealed class StreamShareTests
{
    private static readonly StreamSet Weighted = new([("bulk", 1), ("urgent", 10)]);

    private static readonly QueueKey Urgent = Queue("a.example", "urgent");

    private static readonly QueueKey Bulk = Queue("a.example", "bulk");

    [Fact]
    public void Streams_share_a_destination_by_weight() =>
        Gen.Select(
            Gen.Int[1, 20].Array[2, 4], Gen.Int[1, 30], Gen.Int[1, 3], Gen.OneOf(Gen.Const(""), Gen.Const("100/s")), Gen.Int[0, 1000])
            .Sample((weights, connections, queues, rate, seed) =>
            {
                var streams = new StreamSet(weights.Select((weight, index) => ($"s{index}", weight)));
                var keys = streams.Names.SelectMany(
                    name => Enumerable.Range(0, queues).Select(queue => Queue($"q{queue}.example", name))).ToArray();
                Assert.True(Rate.TryParse(rate, out var maxRate));
                var site = new BusySite(
                    new DestinationRules { MaxConnections = connections, MaxRate = maxRate, Streams = streams }, keys, seed)
                {
                    Sending = TimeSpan.FromMilliseconds(100),
                };
                site.RunFor(TimeSpan.FromMinutes(1));
                // The first window of jobs is granted while only some streams have asked.
                var begin = site.Now - TimeSpan.FromSeconds(45);
                var started = site.Started.Where(each => each.At > begin).CountBy(each => each.Queue.Stream)
                    .ToDictionary(each => each.Key, each => each.Value);
                var all = started.Values.Sum();
                foreach (var (index, weight) in weights.Index())
                {
                    var ideal = (double)all * weight / weights.Sum();
                    Assert.InRange(started.GetValueOrDefault($"s{index}"), ideal * 0.85 - 3, ideal * 1.15 + 3);
                }
            }, iter: 40);

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void One_queue_of_a_heavy_stream_and_many_of_a_light_stream_share_by_weight(int connections)
    {
        var bulk = Enumerable.Range(0, 50).Select(index => Queue($"q{index}.example", "bulk")).ToArray();
        var site = new BusySite(Rules(connections), [Urgent, .. bulk]) { Sending = TimeSpan.FromMilliseconds(100) }
            .RunFor(TimeSpan.FromMinutes(1));
        var begin = site.Now - TimeSpan.FromSeconds(40);
        var (urgent, all) = (
            site.Started.Count(each => each.At > begin && each.Queue == Urgent), site.Started.Count(each => each.At > begin));
        Assert.InRange((double)urgent / all, 0.87, 0.95);
        Assert.Equal(bulk.Length, site.Started.Where(each => each.Queue != Urgent).DistinctBy(each => each.Queue).Count());
    }

    [Fact]
    public void Stream_that_is_alone_has_the_whole_destination_and_leaves_it_to_another_soon()
    {
        var site = new BusySite(Rules(10), [Bulk, Urgent]);
        site.Empty(Urgent, true);
        site.RunFor(TimeSpan.FromSeconds(30));
        var alone = site.Started.Count;
        // 10 connections of 20 ms a message.
        Assert.InRange(alone, 0.9 * 30 * 500, 30 * 500);
        var came = site.Now;
        site.Empty(Urgent, false);
        site.RunFor(TimeSpan.FromSeconds(30));
        var after = site.Started.Skip(alone).ToList();
        // A quarter of the window of jobs ends first, which is less than a second of the site.
        Assert.InRange((after.First(each => each.Queue == Urgent).At - came).TotalSeconds, 0, 1);
        var shares = after.Where(each => each.At > came + TimeSpan.FromSeconds(5)).CountBy(each => each.Queue)
            .ToDictionary(each => each.Key, each => each.Value);
        Assert.InRange((double)shares[Urgent] / shares[Bulk], 8, 12);
        site.Empty(Urgent, true);
        var gone = site.Started.Count;
        site.RunFor(TimeSpan.FromSeconds(30));
        Assert.InRange(site.Started.Count - gone, 0.9 * 30 * 500, 30 * 500);
    }

    [Fact]
    public void Changed_weights_hold_for_waiting_mail()
    {
        var site = new BusySite(Rules(5), [Bulk, Urgent]).RunFor(TimeSpan.FromSeconds(20));
        site.Use(Rules(5) with { Streams = new StreamSet([("bulk", 4), ("urgent", 4)]) });
        site.RunFor(TimeSpan.FromSeconds(5));
        var begin = site.Now;
        site.RunFor(TimeSpan.FromSeconds(20));
        var shares = site.Started.Where(each => each.At > begin).CountBy(each => each.Queue)
            .ToDictionary(each => each.Key, each => each.Value);
        Assert.InRange((double)shares[Urgent] / shares[Bulk], 0.9, 1.1);
    }

    private static DestinationRules Rules(int connections) => new() { MaxConnections = connections, Streams = Weighted };
}
