using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Suppression;
using Postfleet.Operations.Suppression;
using Xunit;

namespace Postfleet.Operations.Tests.Suppression;

/// <summary>The hashes of the keys of entries.</summary>
public sealed class SuppressionFilterTests
{
    private static readonly SuppressionKey Ann = new("ann@a.test", SuppressionKey.AllMail);

    private readonly FakeTimeProvider _time = new();
    private readonly SuppressionFilter _filter;

    public SuppressionFilterTests() => _filter = new SuppressionFilter(_time, 7);

    [Fact]
    public void Nothing_is_known_before_the_first_poll_and_without_polls()
    {
        Assert.Null(_filter.Version);
        Assert.False(_filter.IsEmpty);
        _filter.Confirm(_time.GetTimestamp());
        Assert.NotNull(_filter.Version);
        Assert.True(_filter.IsEmpty);
        _time.Advance(SuppressionFilter.TrustedFor);
        Assert.True(_filter.IsEmpty);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(_filter.Version);
        Assert.False(_filter.IsEmpty);
        _filter.Confirm(_time.GetTimestamp());
        _filter.Clear();
        Assert.Null(_filter.Version);
    }

    [Fact]
    public void A_key_is_forgotten_unless_the_hashes_have_changed_since_before_the_look_up()
    {
        _filter.Confirm(_time.GetTimestamp());
        _filter.Add([Ann]);
        var version = _filter.Version!.Value;
        _filter.Add([Ann]);
        // The entry was made again while the look-up was under way.
        _filter.Forget(Ann, version);
        Assert.True(_filter.MayHave(Ann));
        _filter.Forget(Ann, _filter.Version!.Value);
        Assert.False(_filter.MayHave(Ann));
        Assert.Equal(0, _filter.Count);
    }

    [Fact]
    public void No_entry_is_missed_and_others_are_rarely_looked_up() => Gen.Select(Key, Key.List[0, 200], Gen.ULong).Sample(
        (other, keys, seed) =>
        {
            var filter = new SuppressionFilter(_time, seed);
            filter.Add(keys);
            Assert.All(keys, key => Assert.True(filter.MayHave(key)));
            Assert.Equal(keys.Distinct().Count(), filter.Count);
            Assert.Equal(keys.Contains(other), filter.MayHave(other));
        });

    // Short texts: targets and scopes of which one continues where another ends.
    private static Gen<SuppressionKey> Key =>
        Gen.Select(
            Gen.Char["ab|@."].Array[0, 4], Gen.Char["ab|:"].Array[0, 3], (target, scope) => new SuppressionKey(new(target), new(scope)));
}
