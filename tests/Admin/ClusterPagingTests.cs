using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class ClusterPagingTests : ThreeNodes
{
    [Fact]
    public async Task Pages_of_all_nodes_have_each_queue_once_the_largest_first()
    {
        for (var i = 0; i < 25; i++) Publish(1 + i % 2, $"default:d{i:00}.test", messages: 1 + i / 4);
        List<(int Messages, string Key)> listed = [];
        string? cursor = null;
        do
        {
            var answer = await GetAsync($"/api/v1/queues?limit=4{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.Equal(25, Number(answer, "queueCount"));
            listed.AddRange(answer.GetProperty("queues").EnumerateArray()
                .Select(queue => (Number(queue, "messages"), queue.GetProperty("key").GetString()!)));
            cursor = answer.GetProperty("cursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(25, listed.Count);
        Assert.Equal(listed.OrderByDescending(queue => queue.Messages).ThenBy(queue => queue.Key, StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task Page_is_cut_where_a_node_has_cut_its_own()
    {
        // The replies of the first node fill its answer, which lacks its last queues; they stand before the queues of the second node.
        for (var i = 0; i < 1000; i++)
        {
            Stats[1].Publish(
                QueueKey.FromTrusted($"default:d{i:0000}.{new string('x', 150)}.test"),
                new QueueCounts { Messages = 5, LastReply = new string('r', 200) });
        }

        for (var i = 0; i < 10; i++) Publish(2, $"default:e{i}.test", messages: 5);
        HashSet<string> keys = [];
        var pages = 0;
        for (string? cursor = ""; cursor is not null; pages++)
        {
            var answer = await GetAsync($"/api/v1/queues?limit=1000{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}");
            foreach (var queue in answer.GetProperty("queues").EnumerateArray())
                Assert.True(keys.Add(queue.GetProperty("key").GetString()!));
            cursor = answer.GetProperty("cursor").GetString();
        }

        Assert.Equal(1010, keys.Count);
        Assert.InRange(pages, 2, 5);
    }

    [Fact]
    public async Task Destinations_are_paged()
    {
        for (var i = 0; i < 5; i++)
            Stats[1 + i % 2].Publish(new DestinationId($"default|mx{i}.test"), new DestinationCounts { Running = i });
        List<string> listed = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var answer = await GetAsync($"/api/v1/destinations?limit=2{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}");
            listed.AddRange(answer.GetProperty("destinations").EnumerateArray().Select(each => each.GetProperty("id").GetString()!));
            cursor = answer.GetProperty("cursor").GetString();
        }

        Assert.Equal(Enumerable.Range(0, 5).Reverse().Select(i => $"default|mx{i}.test"), listed);
    }
}
