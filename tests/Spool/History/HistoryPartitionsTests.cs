using Postfleet.Spool.History;

namespace Postfleet.Spool.Tests.History;

/// <summary>The plan of partitions.</summary>
public sealed class HistoryPartitionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 12, 34, 56, TimeSpan.Zero);
    private static readonly HistoryBounds Week = new(TimeSpan.FromDays(7), 10_000_000_000);

    [Fact]
    public void Names_can_be_read_again()
    {
        var partition = new HistoryPartition(new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero), new(2026, 3, 4, 13, 0, 0, TimeSpan.Zero), 7);
        Assert.Equal("history_202603041200_202603041300", partition.Name);
        Assert.Equal(partition, HistoryPartition.Parse(partition.Name, 7));
        foreach (var name in (string[])["history_default", "history", "history_202603041200_202603041200", "history_1_2", "other_a_b"])
            Assert.Null(HistoryPartition.Parse(name, 0));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(7, 240)]
    [InlineData(30, 1080)]
    [InlineData(365, 12540)]
    public void Partitions_are_a_share_of_the_retention_wide(int days, int minutes)
    {
        var bounds = Week with { Retention = TimeSpan.FromDays(days) };
        var width = HistoryPartitions.Width([new(Now.AddHours(-1), Now, 1000)], Now, bounds);
        Assert.Equal(TimeSpan.FromMinutes(minutes), width);
        Assert.InRange(bounds.Retention / width, 1, 42);
    }

    [Fact]
    public void Partitions_are_an_hour_wide_before_the_rate_of_events_is_known()
    {
        Assert.Equal(TimeSpan.FromHours(1), HistoryPartitions.Width([], Now, Week));
        Assert.Equal(TimeSpan.FromHours(1), HistoryPartitions.Width([new(Now.AddSeconds(-30), Now.AddHours(1), 0)], Now, Week));
        Assert.Equal(TimeSpan.FromHours(1), HistoryPartitions.Width([new(Now.AddDays(-3), Now.AddDays(-2), 1000)], Now, Week));
        Assert.Equal(TimeSpan.FromHours(4), HistoryPartitions.Width([new(Now.AddMinutes(-5), Now.AddHours(1), 0)], Now, Week));
    }

    [Fact]
    public void Partitions_are_narrower_where_the_space_fills_fast_or_the_retention_is_short()
    {
        var from = Now.AddMinutes(-30);
        var fast = new HistoryPartition(from, from.AddHours(1), 5_000_000_000);
        Assert.Equal(TimeSpan.FromMinutes(1), HistoryPartitions.Width([fast], Now, Week));
        Assert.Equal(TimeSpan.FromMinutes(93), HistoryPartitions.Width([fast with { Bytes = 100_000_000 }], Now, Week));
        Assert.Equal(TimeSpan.FromHours(4), HistoryPartitions.Width([fast with { Bytes = 100_000 }], Now, Week));
        Assert.Equal(TimeSpan.FromMinutes(1), HistoryPartitions.Width([fast with { Bytes = long.MaxValue }], Now, Week));
        Assert.Equal(TimeSpan.FromMinutes(1), HistoryPartitions.Width([], Now, Week with { Retention = TimeSpan.FromMinutes(2) }));
    }

    [Fact]
    public void Partitions_leave_no_gap_and_do_not_overlap_whatever_their_widths_were()
    {
        var random = new Random(5);
        List<HistoryPartition> existing = [];
        var now = Now;
        for (var step = 0; step < 300; step++)
        {
            var width = TimeSpan.FromMinutes(random.Next(1, 200));
            var missing = HistoryPartitions.Missing(existing, now, width);
            existing.AddRange(missing);
            Assert.Contains(existing, partition => partition.From <= now && now < partition.To);
            Assert.True(existing[^1].To >= now + TimeSpan.FromMinutes(Math.Min(120, 2 * width.TotalMinutes)));
            foreach (var (one, next) in existing.Zip(existing.Skip(1))) Assert.True(one.To <= next.From);
            foreach (var (one, next) in missing.Zip(missing.Skip(1))) Assert.Equal(one.To, next.From);
            now += TimeSpan.FromMinutes(random.Next(10) == 0 ? 3000 : random.Next(1, 30));
        }
    }

    [Fact]
    public void The_oldest_partitions_go_by_age_and_by_space()
    {
        HistoryPartition[] hours =
            [.. Enumerable.Range(-9, 12).Select(hour => new HistoryPartition(At(hour), At(hour + 1), hour <= 0 ? 100 : 0))];
        Assert.Empty(HistoryPartitions.Excess(hours, Now, Week, 0));
        Assert.Equal(hours[..4], HistoryPartitions.Excess(hours, Now, new HistoryBounds(TimeSpan.FromHours(5), 10_000), 0));
        Assert.Equal(hours[..7], HistoryPartitions.Excess(hours, Now, Week with { MaxBytes = 350 }, 0));
        Assert.Equal(hours[..8], HistoryPartitions.Excess(hours, Now, Week with { MaxBytes = 350 }, 60));
        // The present goes last, and the future never.
        Assert.Equal(hours[..10], HistoryPartitions.Excess(hours, Now, Week with { MaxBytes = 50 }, 0));
    }

    private static DateTimeOffset At(int hour) => new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero).AddHours(hour);
}
