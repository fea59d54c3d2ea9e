using System.Diagnostics;
using Akka.Actor;
using Postfleet.Admin.Messages;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class NodeStatisticsActorTests : IAsyncDisposable
{
    private const long MaxOctets = 1_000_000;
    private const int Queues = 100_000;

    private readonly ActorSystem _system = AdminSystems.Create();

    [Fact]
    public async Task Page_of_a_hundred_thousand_queues_takes_well_under_100_ms_and_no_list_of_all()
    {
        var stats = new NodeStats();
        for (var i = 0; i < Queues; i++)
            stats.Publish(
                QueueKey.FromTrusted($"default:d{i}.test"), new QueueCounts { Messages = 1 + i % 1000, LastReply = "452 4.2.2 full" });
        var actor = _system.ActorOf(Props.Create(() => new NodeStatisticsActor(stats, new ShardRegions(), TimeProvider.System)));
        var times = new List<TimeSpan>();
        var octets = new List<long>();
        // Other tests of this process allocate at the same time: the least of many counts.
        for (var i = 0; i < 10 || (i < 200 && octets.Min() > MaxOctets); i++)
        {
            var (start, before) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true));
            var report = await actor.Ask<NodeStatistics>(
                new GetNodeStatistics(null, 100, 0) { QueuesAfter = new ListPlace(500, "") }, TimeSpan.FromSeconds(30));
            times.Add(Stopwatch.GetElapsedTime(start));
            octets.Add(GC.GetTotalAllocatedBytes(precise: true) - before);
            Assert.Equal((Queues, 100, true), (report.QueueCount, report.Queues.Count, report.HasMoreQueues));
            Assert.All(report.Queues, queue => Assert.Equal(500, queue.Counts.Messages));
        }

        Assert.InRange(times.Min(), TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.InRange(octets.Min(), 0, MaxOctets);
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
