using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class SilentRowsTests
{
    private static readonly HashSet<(string, long)> Nobody = [];
    private static readonly NodeRow Old = new("a:1", 5, 7) { Age = SilentRows.Limit };

    [Fact]
    public void Row_that_is_old_and_stays_unchanged_is_removed()
    {
        var rows = new SilentRows();
        NodeRow young = new("b:1", 5, 7) { Age = SilentRows.Limit - TimeSpan.FromMinutes(10) };
        Assert.Empty(rows.Decide([Old, young], Nobody, TimeSpan.Zero));
        Assert.Equal([Old], rows.Decide([Old, young], Nobody, SilentRows.Interval));
    }

    /// <summary>After an outage of the database the rows of all living nodes are old.</summary>
    [Fact]
    public void Row_that_beats_after_an_outage_stays()
    {
        var rows = new SilentRows();
        rows.Decide([Old], Nobody, TimeSpan.Zero);
        Assert.Empty(rows.Decide([Old with { Beat = 8 }], Nobody, SilentRows.Interval));
    }

    [Fact]
    public void Row_stays_while_the_registry_did_not_answer_in_between()
    {
        var rows = new SilentRows();
        rows.Decide([Old], Nobody, TimeSpan.Zero);
        rows.Interrupt();
        Assert.Empty(rows.Decide([Old], Nobody, SilentRows.Interval));
        Assert.Equal([Old], rows.Decide([Old], Nobody, 2 * SilentRows.Interval));
    }

    [Fact]
    public void Row_stays_when_this_node_stood_still_in_between()
    {
        var rows = new SilentRows();
        rows.Decide([Old], Nobody, TimeSpan.Zero);
        Assert.Empty(rows.Decide([Old], Nobody, TimeSpan.FromHours(1)));
    }

    /// <summary>A member that is cut off from the database is silent.</summary>
    [Fact]
    public void Row_of_a_member_stays()
    {
        var rows = new SilentRows();
        HashSet<(string, long)> members = [("a:1", 5)];
        rows.Decide([Old], members, TimeSpan.Zero);
        Assert.Empty(rows.Decide([Old], members, SilentRows.Interval));
    }

    [Fact]
    public void Rows_are_read_once_a_minute()
    {
        var rows = new SilentRows();
        Assert.True(rows.IsDue(TimeSpan.Zero));
        rows.Decide([], Nobody, TimeSpan.Zero);
        Assert.False(rows.IsDue(SilentRows.Interval - TimeSpan.FromSeconds(1)));
        Assert.True(rows.IsDue(SilentRows.Interval));
    }
}
