using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Tests.Storage;

public sealed class StoredTimeTests
{
    private static readonly Gen<DateTimeOffset> Moment =
        Gen.Long[0, 4_000_000_000_000_000].Select(microseconds => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds));

    [Fact]
    public void A_time_comes_back_to_the_microsecond() =>
        Moment.Sample(time => StoredTime.FromMicroseconds(StoredTime.ToMicroseconds(time)) == time);

    [Fact]
    public void The_ends_of_time_come_back()
    {
        Assert.Equal(DateTimeOffset.MinValue, StoredTime.TryFromMicroseconds(StoredTime.ToMicroseconds(DateTimeOffset.MinValue)));
        var end = StoredTime.ToMicroseconds(DateTimeOffset.MaxValue);
        Assert.Equal(DateTimeOffset.MaxValue, StoredTime.TryFromMicroseconds(end)!.Value.AddTicks(9));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MinValue / 10 + 1)]
    // Ten times these, in ticks and 64 bits, would be a time again.
    [InlineData(1_844_674_407_370_955_162)]
    [InlineData(-1_844_674_407_370_955_162)]
    [InlineData(-62_135_596_800_000_001)]
    [InlineData(253_402_300_800_000_000)]
    [InlineData(long.MaxValue / 20)]
    [InlineData(long.MaxValue)]
    public void Beyond_them_is_no_time(long microseconds) => Assert.Null(StoredTime.TryFromMicroseconds(microseconds));

    [Fact]
    public void The_bound_is_above_every_id_of_an_earlier_time() =>
        Gen.Select(Moment, Moment).Sample((a, b) =>
        {
            var (early, late) = a < b ? (a, b) : (b, a);
            return MessageId.New(early) < StoredTime.UpperBound(late);
        });

    [Fact]
    public void The_bound_is_below_the_ids_of_the_next_but_one_millisecond() =>
        Moment.Sample(time => MessageId.New(time.AddMilliseconds(2)) > StoredTime.UpperBound(time));

    [Fact]
    public void The_ends_of_time_have_a_bound()
    {
        Assert.True(StoredTime.UpperBound(DateTimeOffset.MinValue) > MessageId.FromHalves(0, 0));
        Assert.True(StoredTime.UpperBound(DateTimeOffset.MaxValue) > MessageId.New(Mail.Noon));
    }
}
