using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about what destinations have learned.</summary>
public abstract class SiteStateContract : SpoolBench
{
    private static readonly DestinationId Site = new("default|mx.a.test");

    private static readonly DestinationId Other = new("default|mx.b.test");

    private static readonly DateTimeOffset Now = new(2026, 12, 1, 1, 2, 3, TimeSpan.Zero);

    private protected SiteStateContract(ISpoolPlace place) : base(place)
    {
    }

    private ISiteStateStore Store => Spool.SiteStates;

    [Fact]
    public async Task Rows_are_kept_as_they_were_written()
    {
        SiteState[] rows =
        [
            Row(Site, "rate") with { Factor = 1.0 / 3, Base = 1234.5678901234567, Ceiling = 0.95 * 0.7, Until = Now.AddTicks(7) },
            Row(Site, "pause:bulk") with { Count = 3, Length = TimeSpan.FromHours(4) }, Row(Other, "connections") with { Factor = 0.5 },
        ];
        await Store.SaveAsync(rows, [], default);
        await ReopenAsync();

        Assert.Equal(rows[..2].OrderBy(row => row.Scope), (await ReadAsync(Site)).OrderBy(row => row.Scope));
        Assert.Equal(3, (await Store.ReadAsync([Site, Other], default)).Count);
        Assert.Empty(await ReadAsync(new DestinationId("default|mx.c.test")));
    }

    [Fact]
    public async Task A_row_is_replaced_and_deleted()
    {
        await Store.SaveAsync([Row(Site, "rate"), Row(Site, "pause")], [], default);
        var next = Row(Site, "rate") with { Factor = 0.25, Rule = "other" };
        await Store.SaveAsync([next], [Row(Site, "pause"), Row(Other, "rate")], default);

        Assert.Equal([next], await ReadAsync(Site));
    }

    [Fact]
    public async Task A_damaged_row_hides_no_other()
    {
        await Store.SaveAsync([Row(Site, "rate"), Row(Other, "rate")], [], default);
        await ExecuteAsync(
            "UPDATE site_state SET until = 9223372036854775807, changed = -1, length = -9223372036854775807 "
            + "WHERE destination LIKE '%a.test'");

        Assert.Equal(2, (await Store.ReadAsync([Site, Other], default)).Count);
        Assert.Equal(DateTimeOffset.MaxValue, Assert.Single(await ReadAsync(Site)).Until);
    }

    private static SiteState Row(DestinationId site, string scope) => new(site, scope)
    {
        Rule = "throttled",
        Factor = 0.5,
        Until = Now,
        Length = TimeSpan.FromMinutes(1),
        ChangedAt = Now,
        Reply = "421 4.7.0 too fast",
    };

    private async Task<IReadOnlyList<SiteState>> ReadAsync(DestinationId site) => await Store.ReadAsync([site], default);
}
