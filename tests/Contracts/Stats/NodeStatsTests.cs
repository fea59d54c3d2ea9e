using CsCheck;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Contracts.Tests.Stats;

public sealed class NodeStatsTests
{
    [Fact]
    public void The_last_published_counts_of_a_queue_are_kept() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[-1, 100]).Array[0, 50].Sample(steps =>
        {
            var stats = new NodeStats();
            var model = new Dictionary<QueueKey, int>();
            foreach (var (queue, messages) in steps)
            {
                var key = QueueKey.FromTrusted($"default:q{queue}.example");
                if (messages < 0)
                {
                    stats.Remove(key);
                    model.Remove(key);
                }
                else
                {
                    stats.Publish(key, new QueueCounts { Messages = messages });
                    model[key] = messages;
                }
            }

            Assert.Equal(
                model.OrderBy(pair => pair.Key),
                stats.Queues.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Messages)).OrderBy(pair => pair.Key));
        });

    [Fact]
    public async Task Concurrent_writers_lose_no_queue()
    {
        var stats = new NodeStats();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                stats.Publish(QueueKey.FromTrusted($"default:w{writer}-{i}.example"), new QueueCounts { Messages = i });
            }
        })));
        Assert.Equal(8 * 500, stats.Queues.Count);
    }
}
