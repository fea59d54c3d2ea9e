using System.Globalization;
using CsCheck;
using Postfleet.Testing.Generators;
using Xunit;

namespace Postfleet.Contracts.Tests;

public sealed class ShardIdsTests
{
    // Remembered entities are stored by shard: after a change of a shard id, queues with mail would wake on a different node.
    [Theory]
    [InlineData("default:example.org", "99")]
    [InlineData("bulk:xn--bcher-kva.example", "16")]
    [InlineData("default|mx1.example.org,mx2.example.org", "19")]
    [InlineData("", "7")]
    public void The_shard_of_an_entity_never_changes(string entityId, string shard) => Assert.Equal(shard, ShardIds.Of(entityId));

    [Fact]
    public void Any_text_has_a_shard_within_the_number_of_shards() => AddressGen.Hostile.Sample(
        text => Assert.InRange(int.Parse(ShardIds.Of(text), CultureInfo.InvariantCulture), 0, ShardIds.NumberOfShards - 1), iter: 20_000);

    [Fact]
    public void Queues_spread_evenly()
    {
        const int perShard = 200;
        var counts = Enumerable.Range(0, perShard * ShardIds.NumberOfShards)
            .CountBy(i => ShardIds.Of($"default:domain{i}.example"))
            .Select(pair => pair.Value)
            .ToList();
        Assert.Equal(ShardIds.NumberOfShards, counts.Count);
        // About six standard deviations around the mean.
        Assert.All(counts, count => Assert.InRange(count, perShard - 85, perShard + 85));
    }
}
