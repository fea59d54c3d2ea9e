using Postfleet.Spool.History;

namespace Postfleet.Spool.Tests.History;

/// <summary>The filter of the searchable values of a block.</summary>
public sealed class HistoryKeysTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(3000)]
    public void All_values_are_found_and_few_others(int count)
    {
        HashSet<ulong> keys = [.. Enumerable.Range(0, count).Select(i => HistoryKeys.OfRecipient($"user{i}@a.test"))];
        Assert.Equal(count, keys.Count);
        var filter = HistoryKeys.Build(keys);
        Assert.All(keys, key => Assert.True(HistoryKeys.MayHave(filter, key)));
        var wrong = Enumerable.Range(0, 10_000).Count(i => HistoryKeys.MayHave(filter, HistoryKeys.OfSender($"user{i}@a.test")));
        Assert.InRange(wrong, 0, 300);
    }

    [Fact]
    public void An_empty_filter_has_nothing() => Assert.False(HistoryKeys.MayHave(HistoryKeys.Build([]), 5));

    /// <summary>Hashes are stored.</summary>
    [Fact]
    public void Hashes_never_change() => Assert.Equal(
        [2_316_752_081_036_460_998, 7_419_517_162_851_652_647],
        (ulong[])[HistoryKeys.OfRecipient("a@a.test"), HistoryKeys.Of(Core.Queueing.MessageId.FromHalves(1, 2))]);
}
