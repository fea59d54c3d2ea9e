using System.Net;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rates;
using Xunit;

namespace Postfleet.Frontend.Tests.Rates;

/// <summary>What nodes grant of a rate: their shares, and the rest of the cluster.</summary>
public sealed class RateTableTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.7");

    [Fact]
    public void All_nodes_together_never_grant_more_than_the_rate() => Gen.Select(
        Gen.Int[1, 5], Gen.Long[1, 40], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 20_000]).Array[1, 200]).Sample((nodes, count, attempts) =>
        {
            var use = Use($"{count}/m");
            var tables = Enumerable.Range(0, nodes).Select(_ => new RateTable()).ToArray();
            var limit = use.Window.LimitOf(use.Key, nodes);
            var (cluster, now, granted) = (new RateBucket(), TimeSpan.FromHours(1), new List<TimeSpan>());
            foreach (var (node, pause) in attempts)
            {
                now += TimeSpan.FromMilliseconds(pause);
                var isGranted = tables[node % nodes].TryTakeShare(use, nodes, now);
                if (!isGranted && cluster.Wait(limit.Most, limit.Value.Period, now) <= TimeSpan.Zero)
                {
                    isGranted = true;
                    cluster = cluster.Take(limit.Most, limit.Value.Period, now);
                }

                if (isGranted) granted.Add(now);
            }

            for (var first = 0; first < granted.Count; first++)
            {
                for (var last = first; last < granted.Count; last++)
                    Assert.True(last - first + 1 <= count + count * (granted[last] - granted[first]).TotalMinutes + 1e-6);
            }
        }, iter: 500);

    [Fact]
    public void A_client_of_one_node_gets_three_quarters_at_least_half_of_a_small_rate_and_of_a_single_node_all() => Gen.Select(
        Gen.Int[1, 20], Gen.Long[1, 1000]).Sample((nodes, count) =>
        {
            var use = Use($"{count}/m");
            var (share, rest) = (use.Window.ShareOf(nodes), use.Window.LimitOf(use.Key, nodes).Most);
            Assert.Equal(count, nodes * share + rest);
            var isSmall = count < 4 * nodes && count >= 2 * nodes;
            Assert.InRange(share + rest, isSmall ? count / 2 + 1 : (3 * count + 3) / 4, count);
            if (nodes == 1) Assert.Equal(count, share + rest);
        });

    [Theory]
    [InlineData(5, 20, 1)]
    [InlineData(5, 19, 1)]
    [InlineData(5, 10, 1)]
    [InlineData(5, 9, 0)]
    [InlineData(5, 39, 1)]
    [InlineData(5, 40, 2)]
    [InlineData(1, 1, 0)]
    [InlineData(1, 2, 1)]
    public void A_node_grants_a_unit_of_a_small_rate_without_a_question(int nodes, int count, int share) =>
        Assert.Equal(share, Use($"{count}/m").Window.ShareOf(nodes));

    [Fact]
    public void Shares_are_taken_together_or_not_at_all()
    {
        var table = new RateTable();
        var (small, large) = (Use("4/m"), Use("40/h"));
        Assert.True(table.TryTakeShares([small, large], 1, TimeSpan.Zero));
        for (var i = 0; i < 5; i++) Assert.False(table.TryTakeShares([large, small], 1, TimeSpan.Zero));
        for (var i = 0; i < 9; i++) Assert.True(table.TryTakeShare(large, 1, TimeSpan.Zero));
        Assert.False(table.TryTakeShare(large, 1, TimeSpan.Zero));
        Assert.True(table.TryTakeShare(small, 1, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Alone_a_node_grants_the_rate_and_counts_what_was_granted_before()
    {
        var table = new RateTable();
        var use = Use("4/m");
        Assert.True(table.TryTakeShare(use, 1, TimeSpan.Zero));
        table.Granted(use, TimeSpan.Zero);
        for (var i = 0; i < 2; i++) Assert.Equal(TimeSpan.Zero, table.TakeAlone(use, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(15), table.TakeAlone(use, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(5), table.TakeAlone(use, TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.Zero, table.TakeAlone(use, TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void Alone_a_node_has_no_share_beside_the_rate()
    {
        var table = new RateTable();
        var use = Use("4/m");
        for (var i = 0; i < 4; i++) Assert.Equal(TimeSpan.Zero, table.TakeAlone(use, TimeSpan.Zero));
        Assert.False(table.TryTakeShare(use, 1, TimeSpan.Zero));
        Assert.False(table.TryTakeShares([use], 1, TimeSpan.Zero));
        Assert.True(table.TryTakeShare(use, 1, TimeSpan.FromSeconds(15)));
        Assert.Equal(TimeSpan.FromSeconds(15), table.TakeAlone(use, TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void Strangers_cannot_fill_the_table_and_counts_in_use_stay()
    {
        var table = new RateTable(100);
        var used = Use("4/m", "used@y.test");
        for (var i = 0; i < 4; i++) Assert.Equal(TimeSpan.Zero, table.TakeAlone(used, TimeSpan.Zero));
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(table.TryTakeShare(Use("4/m", $"b{i}@y.test"), 1, TimeSpan.Zero));
            Assert.InRange(table.Count, 1, 100);
            if (i % 40 == 0) Assert.Equal(TimeSpan.FromSeconds(15), table.TakeAlone(used, TimeSpan.Zero));
        }

        Assert.True(table.TryTakeShare(Use("4/m", "b0@y.test"), 1, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(RateSubject.Address, "192.0.2.7", "192.0.2.7")]
    [InlineData(RateSubject.Address, "2001:db8:1:2:3::4", "2001:db8:1:2::/64")]
    [InlineData(RateSubject.Network, "192.0.2.7", "192.0.2.0/24")]
    [InlineData(RateSubject.Network, "2001:db8:1:2:3::4", "2001:db8:1::/48")]
    [InlineData(RateSubject.Sender, "192.0.2.7", "x.test")]
    [InlineData(RateSubject.Recipient, "192.0.2.7", "b@y.test")]
    public void Each_subject_has_its_counts(RateSubject by, string client, string text)
    {
        var window = new RateWindow(new RateOptions { By = by }, Assert.Single(RateText.Parse("4/m")));
        var use = RateUse.Of(window, IPAddress.Parse(client), Mailbox.Parse("A@X.test"), Mailbox.Parse("B@Y.test"))!.Value;
        Assert.Equal(text, use.Text);
        Assert.Equal(by is RateSubject.Sender, RateUse.Of(window, IPAddress.Parse(client), null, Mailbox.Parse("b@y.test")) is null);
        var other = new RateWindow(window.Rule, Assert.Single(RateText.Parse("5/m")));
        var same = RateUse.Of(other, IPAddress.Parse(client), Mailbox.Parse("a@x.test"), Mailbox.Parse("b@y.test"))!.Value;
        Assert.Equal((text, false), (same.Text, same.Key == use.Key));
    }

    [Theory]
    [InlineData("5/s 100/m 2000/h 10000/d", "5/s 100/m 2000/h 10000/d")]
    [InlineData(" 5/S,100/M ", "5/s 100/m")]
    [InlineData("", null)]
    [InlineData("5", null)]
    [InlineData("0/m", null)]
    [InlineData("5/m 6/m", null)]
    [InlineData("5/m fast", null)]
    public void The_text_of_rates_has_one_form(string text, string? form) => Assert.Equal(form, RateText.Normalize(text));

    private static RateUse Use(string rate, string recipient = "b@y.test") => RateUse.Of(
        new RateWindow(new RateOptions { By = RateSubject.Recipient }, Assert.Single(RateText.Parse(rate))), Client, null,
        Mailbox.Parse(recipient))!.Value;
}
