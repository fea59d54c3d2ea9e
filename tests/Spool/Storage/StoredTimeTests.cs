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
