using Postfleet.Operations.Reports;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Operations.Tests.Reports;

/// <summary>The bounds of what a node counts for reports.</summary>
public sealed class CountTableTests
{
    private static readonly DateOnly Day = new(2026, 11, 30);

    private readonly CountTable _table = new();

    [Fact]
    public void Equal_rows_are_counted_together_and_taken_once()
    {
        Add("a.test", 1, 2);
        Add("a.test", 1, 3);
        Add("b.test", 1, 1);
        Assert.Equal([("a.test", 5L), ("b.test", 1L)], Take(10));
        Assert.Empty(Take(10));
        Assert.True(_table.IsEmpty);
    }

    [Fact]
    public void Rows_put_back_are_added_to_later_ones()
    {
        Add("a.test", 1, 2);
        var taken = _table.Take(10);
        Add("a.test", 1, 3);
        _table.PutBack(taken);
        Assert.Equal([("a.test", 5L)], Take(10));
    }

    [Fact]
    public void A_domain_has_a_bounded_number_of_rows_a_day_and_others_are_still_counted()
    {
        for (var i = 0; i < CountTable.MaxRowsOfSubject + 7; i++) Add("flood.test", i, 1);
        Add("flood.test", 0, 1);
        Add("a.test", 1, 1);
        Assert.Equal(7, _table.TakeLeftOut());
        Assert.Equal(CountTable.MaxRowsOfSubject + 1, Take(int.MaxValue).Count());
        // Rows that are in the storage are counted on.
        Add("flood.test", 5, 4);
        Assert.Equal([("flood.test", 4L)], Take(10));
        _table.Add(new ReportCountKey(Day.AddDays(1), "flood.test"), BitConverter.GetBytes(99_999), 1);
        Assert.Equal([("flood.test", 1L)], Take(10));
    }

    [Fact]
    public void Octets_that_wait_are_bounded()
    {
        var data = new byte[1 << 20];
        for (var i = 0; i < 20; i++)
        {
            data[0] = (byte)i;
            _table.Add(new ReportCountKey(Day, "a.test"), data.ToArray(), 1);
        }

        Assert.Equal(CountTable.MaxWaiting >> 20, Take(100).Count());
        Assert.Equal(4, _table.TakeLeftOut());
        Assert.Equal(0, _table.TakeLeftOut());
    }

    private void Add(string subject, int number, long count) =>
        _table.Add(new ReportCountKey(Day, subject), BitConverter.GetBytes(number), count);

    private IEnumerable<(string Subject, long Count)> Take(int limit) => _table.Take(limit).Select(row => (row.Key.Subject, row.Count));
}
