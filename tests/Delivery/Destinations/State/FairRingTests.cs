using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The turns of streams and queues.</summary>
public sealed class FairRingTests
{
    private const int Turns = 2000;

    // The weights of some streams, the queues of each, and how often a queue leaves the ring for a while.
    private static readonly Gen<(int Weight, int Queues)[]> Streams =
        Gen.Select(Gen.OneOf(Gen.Int[1, 10], Gen.Int[1, StreamSet.MaxWeight]), Gen.Int[1, 4]).Array[1, 6];

    [Fact]
    public void Streams_with_equal_weights_and_their_queues_take_turns_in_the_order_of_arrival()
    {
        var ring = new FairRing(StreamSet.None);
        var lines = new[] { "a:1", "a:2", "b:1", "c:1" }.Select(key => new QueueLine(QueueKey.FromTrusted(key))).ToList();
        foreach (var line in lines) ring.Add(line);
        Assert.Equal("a:1 b:1 c:1 a:2 b:1 c:1 a:1", string.Join(' ', Enumerable.Range(0, 7).Select(_ => TakeTurn(ring).Key)));
        ring.Add(new QueueLine(QueueKey.FromTrusted("d:1")));
        Assert.Equal("b:1 c:1 a:2 d:1 b:1", string.Join(' ', Enumerable.Range(0, 5).Select(_ => TakeTurn(ring).Key)));
    }

    [Fact]
    public void Turns_are_shared_by_weight_and_within_a_stream_in_equal_parts() => Streams.Sample(streams =>
    {
        var (ring, lines) = Filled(streams);
        var taken = Enumerable.Range(0, Turns).Select(_ => TakeTurn(ring)).ToList();
        var total = streams.Sum(stream => (double)stream.Weight);
        foreach (var (index, (weight, queues)) in streams.Index())
        {
            var turns = taken.Count(line => line.Stream == Name(index));
            // The steps of high weights are rounded.
            var ideal = Turns * weight / total;
            Assert.InRange(turns, ideal * 0.995 - streams.Length, ideal * 1.005 + streams.Length);
            Assert.All(
                lines.Where(line => line.Stream == Name(index)),
                line => Assert.InRange(taken.Count(each => each == line), turns / queues, turns / queues + 1));
        }
    });

    [Fact]
    public void Stream_waits_no_longer_than_its_weight_allows_whatever_the_others_do() =>
        Gen.Select(Streams, Gen.Int).Sample((streams, seed) =>
    {
        var random = new Random(seed);
        var (ring, lines) = Filled(streams);
        var watched = lines[random.Next(lines.Count)];
        var total = streams.Sum(stream => (double)stream.Weight);
        var weight = streams[int.Parse(watched.Stream.AsSpan(1))].Weight;
        var peers = lines.Count(line => line.Stream == watched.Stream);
        var (waited, away) = (0, new List<QueueLine>());
        for (var i = 0; i < Turns; i++)
        {
            var line = Take(ring);
            if (line == watched)
            {
                waited = 0;
                ring.Add(line);
                continue;
            }

            Assert.InRange(++waited, 1, peers * (total / weight * 1.01 + 1) + streams.Length);
            // Other queues leave after a turn, out of turn, and come back.
            if (random.Next(3) == 0) away.Add(line);
            else ring.Add(line);
            if (random.Next(10) == 0 && lines[random.Next(lines.Count)] is var other && other != watched && !away.Contains(other))
            {
                ring.Remove(other);
                away.Add(other);
            }

            if (away.Count == 0 || random.Next(3) > 0) continue;
            ring.Add(away[^1]);
            away.RemoveAt(away.Count - 1);
        }
    });

    [Fact]
    public void Stream_that_was_idle_has_saved_no_turns()
    {
        var ring = new FairRing(new StreamSet([("bulk", 1), ("urgent", 10)]));
        var (bulk, urgent) = (new QueueLine(Queue("a", "bulk")), new QueueLine(Queue("a", "urgent")));
        ring.Add(bulk);
        for (var i = 0; i < 1000; i++) TakeTurn(ring);
        ring.Add(urgent);
        Assert.Equal(100, Enumerable.Range(0, 110).Count(_ => TakeTurn(ring) == urgent), 1.0);
        ring.Remove(bulk);
        for (var i = 0; i < 1000; i++) TakeTurn(ring);
        ring.Add(bulk);
        Assert.Equal(10, Enumerable.Range(0, 110).Count(_ => TakeTurn(ring) == bulk), 1.0);
    }

    [Fact]
    public void Urgent_stream_does_not_wait_behind_a_round_of_the_others()
    {
        var ring = new FairRing(new StreamSet([("a", 100), ("b", 100), ("urgent", 100)]));
        ring.Add(new QueueLine(Queue("a", "a")));
        ring.Add(new QueueLine(Queue("a", "b")));
        for (var i = 0; i < 7; i++) TakeTurn(ring);
        var urgent = new QueueLine(Queue("a", "urgent"));
        ring.Add(urgent);
        Assert.Contains(urgent, Enumerable.Range(0, 3).Select(_ => TakeTurn(ring)).ToList());
    }

    [Fact]
    public void Changed_weights_hold_from_the_next_turn_of_each_stream()
    {
        var ring = new FairRing(new StreamSet([("a", 1), ("b", 10)]));
        var (a, b) = (new QueueLine(Queue("x", "a")), new QueueLine(Queue("x", "b")));
        ring.Add(a);
        ring.Add(b);
        for (var i = 0; i < 50; i++) TakeTurn(ring);
        ring.Use(new StreamSet([("a", 3)]));
        Assert.InRange(Enumerable.Range(0, 400).Count(_ => TakeTurn(ring) == a), 285, 305);
    }

    [Fact]
    public void Held_stream_has_no_turn_until_its_release_and_its_queues_keep_their_order()
    {
        var ring = new FairRing(StreamSet.None);
        ring.Hold("a");
        foreach (var key in (string[])["a:1", "a:2", "b:1", "b:2"]) ring.Add(new QueueLine(QueueKey.FromTrusted(key)));
        Assert.Equal("b:1 b:2 b:1", string.Join(' ', Enumerable.Range(0, 3).Select(_ => TakeTurn(ring).Key)));
        Assert.Equal((true, false), (ring.HasHeld("a"), ring.HasHeld("b")));
        ring.Release("a");
        var turns = Enumerable.Range(0, 5).Select(_ => TakeTurn(ring)).ToList();
        Assert.Equal("a:1 a:2", string.Join(' ', turns.Where(line => line.Stream == "a").Take(2).Select(line => line.Key)));
        ring.Hold("a");
        ring.Hold("a");
        Assert.DoesNotContain(Enumerable.Range(0, 5).Select(_ => TakeTurn(ring)), line => line.Stream == "a");
    }

    [Fact]
    public void Turns_allocate_nothing()
    {
        var ring = new FairRing(new StreamSet([("a", 1), ("b", 10)]));
        foreach (var stream in new[] { "a", "b", "c" }) ring.Add(new QueueLine(Queue("x", stream)));
        for (var i = 0; i < 100; i++) TakeTurn(ring);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) TakeTurn(ring);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Name(int index) => $"s{index}";

    private static (FairRing Ring, List<QueueLine> Lines) Filled((int Weight, int Queues)[] streams)
    {
        var ring = new FairRing(new StreamSet(streams.Select((stream, index) => (Name(index), stream.Weight))));
        var lines = streams.SelectMany((stream, index) =>
            Enumerable.Range(0, stream.Queues).Select(queue => new QueueLine(Queue($"q{queue}.example", Name(index))))).ToList();
        foreach (var line in lines) ring.Add(line);
        return (ring, lines);
    }

    private static QueueLine Take(FairRing ring)
    {
        Assert.True(ring.TryPeek(out var next));
        Assert.True(ring.TryTake(out var line));
        Assert.Same(next, line);
        return line;
    }

    private static QueueLine TakeTurn(FairRing ring)
    {
        var line = Take(ring);
        ring.Add(line);
        return line;
    }
}
