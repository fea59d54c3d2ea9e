namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about counts for reports.</summary>
public abstract class ReportCountContract : SpoolBench
{
    private static readonly DateOnly Monday = new(2026, 11, 30);

    private protected ReportCountContract(ISpoolPlace place) : base(place)
    {
    }

    private IReportCountStore Counts => Spool.ReportCounts;

    [Fact]
    public async Task Counts_of_equal_rows_are_added_and_kept()
    {
        await AddAsync(Row("a.test", 1, 2), Row("a.test", 2, 1));
        await AddAsync(Row("a.test", 1, 3), Row("b.test", 1, 1));
        await ReopenAsync();
        Assert.Equal([(1, 5L), (2, 1L)], await ReadAsync("a.test"));
        Assert.Equal([(1, 1L)], await ReadAsync("b.test"));
    }

    [Fact]
    public async Task Many_additions_at_the_same_time_lose_no_count()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
            AddAsync([.. Enumerable.Range(0, 50).Select(n => Row("a.test", (n + i) % 50, 1))]))));
        Assert.All(await ReadAsync("a.test"), row => Assert.Equal(20, row.Count));
    }

    [Fact]
    public async Task Reports_are_listed_by_day_and_subject_and_deleted()
    {
        await AddAsync(
            Row("b.test", 1, 1), Row("a.test", 1, 1), Row("a.test", 2, 1), Row("z.test", 1, 1, Monday.AddDays(-1)),
            Row("later.test", 1, 1, Monday.AddDays(1)));
        var before = Monday.AddDays(1);
        Assert.Equal(["z.test", "a.test"], await ListAsync(before, null, 2));
        Assert.Equal(["b.test"], await ListAsync(before, new ReportCountKey(Monday, "a.test"), 10));
        var read = await Counts.ReadAsync(ReportCountKind.Dmarc, new ReportCountKey(Monday, "a.test"), 10, default);
        await Counts.DeleteAsync(ReportCountKind.Dmarc, read, default);
        Assert.Equal(["z.test", "b.test"], await ListAsync(before, null, 10));
    }

    [Fact]
    public async Task A_row_that_was_counted_since_it_was_read_keeps_what_was_added()
    {
        await AddAsync(Row("a.test", 1, 2), Row("a.test", 2, 5));
        var read = await Counts.ReadAsync(ReportCountKind.Dmarc, new ReportCountKey(Monday, "a.test"), 10, default);
        await AddAsync(Row("a.test", 1, 3), Row("a.test", 3, 1));
        await Counts.DeleteAsync(ReportCountKind.Dmarc, read, default);
        Assert.Equal([(1, 3L), (3, 1L)], await ReadAsync("a.test"));
    }

    private Task AddAsync(params ReportCount[] rows) => Counts.AddAsync(ReportCountKind.Dmarc, rows, default).AsTask();

    private async Task<IEnumerable<(int Number, long Count)>> ReadAsync(string subject) =>
        (await Counts.ReadAsync(ReportCountKind.Dmarc, new ReportCountKey(Monday, subject), 100, default))
        .Select(row => ((int)row.Data.Span[0], row.Count));

    private async Task<IEnumerable<string>> ListAsync(DateOnly before, ReportCountKey? after, int limit) =>
        (await Counts.ListAsync(ReportCountKind.Dmarc, before, after, limit, default)).Select(key => key.Subject);

    private static ReportCount Row(string subject, int number, long count, DateOnly? day = null) =>
        new(new ReportCountKey(day ?? Monday, subject), new[] { (byte)number, (byte)0 }, new[] { (byte)number }, count);
}
