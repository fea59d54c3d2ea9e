using Postfleet.Delivery.Security;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>When a policy is fetched, and which policy is in force.</summary>
public sealed class StsStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly StoredTlsPolicy Row =
        new("a.test", "1", "version: STSv1\nmode: enforce\nmx: mx.a.test\nmax_age: 604800\n", Noon, Noon.AddDays(7), Noon.AddMinutes(1));

    [Fact]
    public void Without_a_record_nothing_is_fetched_and_the_policy_stays_in_force()
    {
        Assert.False(StsState.MustFetch(null, null, Noon));
        Assert.False(StsState.MustFetch(null, Row, Noon.AddDays(6)));
        Assert.NotNull(StsState.InForce(Row, Noon.AddDays(6)));
        Assert.Null(StsState.InForce(Row, Noon.AddDays(7)));
    }

    [Fact]
    public void A_first_policy_a_changed_id_and_an_old_policy_are_fetched()
    {
        Assert.True(StsState.MustFetch("1", null, Noon));
        Assert.False(StsState.MustFetch("1", Row, Noon.AddHours(23)));
        Assert.True(StsState.MustFetch("1", Row, Noon.AddHours(24)));
        Assert.True(StsState.MustFetch("2", Row, Noon.AddMinutes(1)));
        Assert.True(StsState.MustFetch("1", Row with { ExpiresAt = Noon.AddMinutes(2) }, Noon.AddMinutes(2)));
        Assert.True(StsState.MustFetch("1", Row with { ExpiresAt = Noon.AddHours(2) }, Noon.AddHours(1)));
    }

    [Fact]
    public void Fetches_are_apart_whatever_the_record_says()
    {
        Assert.False(StsState.MustFetch("2", Row, Noon.AddSeconds(59)));
        Assert.False(StsState.MustFetch("1", Row with { NextTry = Noon.AddDays(8) }, Noon.AddDays(7.5)));
    }

    [Fact]
    public void A_policy_of_mode_none_is_kept_and_demands_nothing()
    {
        Assert.True(StsPolicyParser.TryParse("version: STSv1\nmode: none\nmax_age: 86400\n", out var none, out _));
        var row = StsState.Fetched("a.test", "2", none, Noon);
        Assert.Equal((Noon.AddDays(1), "2"), (row.ExpiresAt, row.Id));
        Assert.Null(StsState.InForce(row, Noon));
        Assert.False(StsState.MustFetch("2", row, Noon.AddHours(1)));
        Assert.Null(StsState.InForce(null, Noon));
        Assert.Null(StsState.InForce(Row with { Text = "damaged" }, Noon));
    }
}
