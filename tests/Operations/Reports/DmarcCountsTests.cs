using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Operations.Options;
using Postfleet.Operations.Reports;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Reports;

/// <summary>The counts of a node on their way to the storage.</summary>
public sealed class DmarcCountsTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryReportCounts _store = new();
    private readonly LogCollector _log = new();
    private readonly DmarcCounts _counts;

    public DmarcCountsTests() => _counts = new DmarcCounts(
        new Current<DmarcReportOptions>(new DmarcReportOptions { From = Mailbox.Parse("dmarc@y.test") }), _store, _time, _log);

    public async ValueTask DisposeAsync() => await _counts.StopAsync(default);

    [Fact]
    public async Task Counts_wait_while_the_storage_is_away_and_the_log_says_so_once()
    {
        _store.IsAway = true;
        Count("192.0.2.1", 1);
        await AdvanceAsync(DmarcCounts.Interval);
        await AdvanceAsync(DmarcCounts.Interval);
        Assert.Single(_log.Lines, line => line.Name == "dmarc counts wait");
        _store.IsAway = false;
        await AdvanceAsync(DmarcCounts.Interval);
        Assert.Equal(1, Assert.Single(_store.Rows).Count);
    }

    [Fact]
    public async Task A_node_that_stops_adds_its_last_counts()
    {
        Count("192.0.2.1", 4);
        await _counts.StopAsync(default);
        Assert.Equal(4, Assert.Single(_store.Rows).Count);
    }

    private void Count(string client, long count) => _counts.Add(
        "x.test", DmarcRecord.Parse("v=DMARC1; p=none; rua=mailto:r@x.test")!,
        new DmarcReportRow(IPAddress.Parse(client), count, DmarcDisposition.None, "x.test"));

    private async Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        await _counts.Running;
    }
}
