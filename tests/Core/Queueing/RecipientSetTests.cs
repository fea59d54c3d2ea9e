using CsCheck;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

/// <summary>A recipient set behaves like a set of numbers.</summary>
public sealed class RecipientSetTests
{
    // Indexes around the boundaries of words.
    private static readonly Gen<int> Index = Gen
        .OneOf(Gen.Int[0, 5], Gen.Int[60, 70], Gen.Int[120, 135], Gen.Int[0, 400], Gen.Int[65_500, 65_535]);

    private static readonly Gen<int[]> Indexes = Gen.OneOf(Gen.Int[0, 63].Array[0, 10], Index.Array[0, 30]);

    [Fact]
    public void A_set_holds_the_added_indexes() =>
        Indexes.Sample(indexes => AssertSame([.. indexes], RecipientSet.Of(indexes)), iter: 2_000);

    [Fact]
    public void Union_except_and_intersect_agree_with_set_operations() => Gen.Select(Indexes, Indexes).Sample((left, right) =>
    {
        var a = RecipientSet.Of(left);
        var b = RecipientSet.Of(right);
        AssertSame([.. left.Union(right)], a.Union(b));
        AssertSame([.. left.Except(right)], a.Except(b));
        AssertSame([.. left.Intersect(right)], a.Intersect(b));
        Assert.Equal(new HashSet<int>(left).SetEquals(right), a == b);
        AssertSame([.. left], a.Except(b).Union(a.Intersect(b)));
    }, iter: 5_000);

    [Fact]
    public void A_set_without_its_members_is_empty() => Indexes.Sample(indexes =>
    {
        var set = RecipientSet.Of(indexes);
        foreach (var index in indexes) set = set.Except(RecipientSet.Of(index));
        Assert.True(set.IsEmpty);
        Assert.Equal(RecipientSet.Empty, set);
        Assert.Equal(RecipientSet.Empty.GetHashCode(), set.GetHashCode());
        Assert.Equal((0UL, 0), (set.FirstWord, set.MoreWords.Length));
    });

    [Fact]
    public void The_words_read_back() => Indexes.Sample(indexes =>
    {
        var set = RecipientSet.Of(indexes);
        Assert.Equal(set, RecipientSet.FromWords(set.FirstWord, set.MoreWords));
        // Trailing empty words, which another writer may leave, make no other set.
        ulong[] padded = [.. set.MoreWords, 0, 0];
        if (padded.Length < RecipientSet.MaxRecipients / 64) Assert.Equal(set, RecipientSet.FromWords(set.FirstWord, padded));
    });

    [Fact]
    public void All_holds_the_first_indexes() => Gen.OneOf(Gen.Int[0, 300], Gen.Int[65_530, 65_536]).Sample(count =>
    {
        var set = RecipientSet.All(count);
        Assert.Equal(count, set.Count);
        Assert.Equal(Enumerable.Range(0, count), set.Indexes());
        Assert.False(set.Contains(count));
        Assert.Equal(set, RecipientSet.Of(Enumerable.Range(0, count)));
    });

    [Fact]
    public void Indexes_outside_of_the_bounds_are_not_held_and_throw()
    {
        Assert.False(RecipientSet.All(RecipientSet.MaxRecipients).Contains(RecipientSet.MaxRecipients));
        Assert.False(RecipientSet.All(5).Contains(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.All(RecipientSet.MaxRecipients + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.All(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.Of(RecipientSet.MaxRecipients));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.Of(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.Of([0, -1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.Of([0, RecipientSet.MaxRecipients]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecipientSet.FromWords(1, new ulong[RecipientSet.MaxRecipients / 64]));
    }

    private static void AssertSame(HashSet<int> expected, RecipientSet set)
    {
        Assert.Equal(expected.Order(), set.Indexes());
        Assert.Equal(expected.Count, set.Count);
        Assert.Equal(expected.Count == 0, set.IsEmpty);
        foreach (var index in expected)
        {
            Assert.True(set.Contains(index));
            Assert.Equal(expected.Contains(index + 1), set.Contains(index + 1));
        }

        // Equal sets are equal and have equal hashes, regardless of their history.
        Assert.Equal(RecipientSet.Of(expected), set);
        Assert.Equal(RecipientSet.Of(expected).GetHashCode(), set.GetHashCode());
    }
}
