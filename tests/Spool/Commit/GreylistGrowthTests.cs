using CsCheck;
using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Commit;

/// <summary>When the rows of a network are bounded.</summary>
public sealed class GreylistGrowthTests
{
    [Fact]
    public void A_network_is_looked_at_after_each_step() => Gen.Select(Gen.Int[0, 3], Gen.Bool).Array[0, 3000].Sample(seen =>
    {
        var growth = new GreylistGrowth();
        var (counts, looks) = (new int[4], new int[4]);
        foreach (var batch in seen.Chunk(64))
        {
            foreach (var network in growth.Add(
                [.. batch.Select(one => new GreylistTriplet { Network = one.Item1 })],
                [.. batch.Select(one => new GreylistMeeting(one.Item2 ? GreylistState.New : GreylistState.Early, TimeSpan.Zero))]))
                looks[network]++;
            foreach (var (network, isNew) in batch) counts[network] += isNew ? 1 : 0;
        }

        Assert.Equal(counts.Select(count => count / GreylistGrowth.Step), looks);
    }, iter: 100);

    [Fact]
    public void Many_networks_take_bounded_memory_and_a_flood_among_them_is_found()
    {
        var growth = new GreylistGrowth();
        for (var i = 0; i < GreylistGrowth.MaxNetworks + 500; i++) Assert.Empty(Meet(growth, i));
        List<long> found = [];
        for (var i = 0; i < GreylistGrowth.Step; i++) found.AddRange(Meet(growth, -1));
        Assert.Equal([-1L], found);
    }

    private static List<long> Meet(GreylistGrowth growth, long network) => growth.Add(
        [new GreylistTriplet { Network = network }], [new GreylistMeeting(GreylistState.New, TimeSpan.Zero)]);
}
