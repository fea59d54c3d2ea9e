using System.IO.Compression;
using System.Net;
using System.Xml.Linq;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Options;
using Postfleet.Operations.Reports;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Reports;

/// <summary>From counted messages to the reports of a day.</summary>
public sealed class DmarcReporterTests : IAsyncDisposable
{
    private const string Policy = "v=DMARC1; p=reject; rua=mailto:reports@x.test";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryReportCounts _store = new();
    private readonly Outbox _outbox = new();
    private readonly LogCollector _log = new();
    private readonly Current<DmarcReportOptions> _options =
        new(new DmarcReportOptions { From = Mailbox.Parse("dmarc@y.test"), Organization = "Y Inc.", Contact = "https://y.test" });

    private readonly DmarcCounts _counts;
    private ZoneDns _dns = new ZoneDns().Text("_dmarc.x.test", Policy);

    public DmarcReporterTests() => _counts = new DmarcCounts(_options, _store, _time, _log);

    public async ValueTask DisposeAsync() => await _counts.StopAsync(default);

    [Fact]
    public async Task A_days_messages_make_one_report_to_the_address_of_the_record()
    {
        Count("192.0.2.1", 2);
        Count("192.0.2.1", 3);
        Count("2001:db8::1", 1);
        await EndDayAsync();
        await RunAsync();
        var sent = Assert.Single(_outbox.Sent);
        Assert.Equal("reports@x.test", Assert.Single(sent.Recipients).Address);
        Assert.Equal("dmarc@y.test", sent.Envelope.ReversePath!.Address);
        Assert.Equal(NotifyOn.Never, Assert.Single(sent.Requests.Values).Notify);
        using var message = await MimeMessage.LoadAsync(new MemoryStream(sent.Content.ToMemory().ToArray()));
        Assert.StartsWith("Report Domain: x.test Submitter: y.test Report-ID: <", message.Subject, StringComparison.Ordinal);
        Assert.Equal("auto-generated", message.Headers[HeaderId.AutoSubmitted]);
        var file = Assert.IsType<MimePart>(Assert.IsType<Multipart>(message.Body)[1]);
        Assert.Equal("application/gzip", file.ContentType.MimeType);
        Assert.Matches(@"^y\.test!x\.test![0-9]{10}![0-9]{10}!20261130[0-9a-f]{16}\.xml\.gz$", file.FileName);
        var rows = Unpack(file).Descendants().Where(element => element.Name.LocalName == "count").Select(element => element.Value);
        Assert.Equal(["5", "1"], rows);
        Assert.Empty(_store.Rows);
        await RunAsync();
        Assert.Single(_outbox.Sent);
    }

    [Fact]
    public async Task The_present_day_is_not_reported_yet()
    {
        Count("192.0.2.1", 1);
        await AdvanceAsync(DmarcCounts.Interval);
        await RunAsync();
        Assert.Empty(_outbox.Sent);
        Assert.Single(_store.Rows);
    }

    [Fact]
    public async Task A_changed_record_makes_a_report_for_each_policy()
    {
        Count("192.0.2.1", 1);
        Count("192.0.2.1", 1, policy: "v=DMARC1; p=none; rua=mailto:reports@x.test");
        await EndDayAsync();
        await RunAsync();
        Assert.Equal(2, _outbox.Sent.Select(sent => sent.Key!.Key).Distinct().Count());
    }

    [Fact]
    public async Task Refused_domains_and_domains_without_a_confirmed_address_get_no_report()
    {
        _options.Value = _options.Value with { Except = [DomainPattern.Parse("x.test")] };
        Count("192.0.2.1", 1);
        Count("192.0.2.1", 1, "z.test", "v=DMARC1; p=none; rua=mailto:victim@elsewhere.test");
        await EndDayAsync();
        await RunAsync();
        Assert.Empty(_outbox.Sent);
        Assert.Empty(_store.Rows);
    }

    [Fact]
    public async Task Trouble_of_the_dns_or_the_storage_delays_a_report_and_does_not_repeat_it()
    {
        const string policy = "v=DMARC1; p=none; rua=mailto:r@one.test,mailto:r@two.test";
        Count("192.0.2.1", 1, "z.test", policy);
        await EndDayAsync();
        _dns = new ZoneDns().Text("_dmarc.z.test", policy).Failing("z.test._report._dmarc.one.test");
        await RunAsync();
        Assert.Empty(_outbox.Sent);
        Assert.Single(_store.Rows);
        _dns = new ZoneDns().Text("_dmarc.z.test", policy).Text("z.test._report._dmarc.one.test", "v=DMARC1")
            .Text("z.test._report._dmarc.two.test", "v=DMARC1");
        _outbox.Refuses = "r@two.test";
        await RunAsync();
        Assert.Single(_store.Rows);
        _outbox.Refuses = null;
        await RunAsync();
        Assert.Equal(["r@one.test", "r@two.test"], _outbox.Sent.Select(sent => sent.Recipients[0].Address));
        Assert.Empty(_store.Rows);
    }

    [Fact]
    public async Task A_domain_with_many_policies_gets_reports_about_those_with_the_most_messages()
    {
        for (var i = 1; i <= 10; i++) Count("192.0.2.1", i, policy: $"v=DMARC1; p=none; rua=mailto:r{i}@x.test");
        await EndDayAsync();
        await RunAsync();
        Assert.Equal(["r10@x.test", "r9@x.test", "r8@x.test"], _outbox.Sent.Select(sent => sent.Recipients[0].Address));
        Assert.Empty(_store.Rows);
    }

    [Fact]
    public async Task Many_names_of_a_domain_order_no_flood()
    {
        for (var i = 0; i < DmarcReporter.MaxOfHost + 20; i++)
            Count("192.0.2.1", 1, $"n{i}.x.test", "v=DMARC1; p=none; rua=mailto:r@x.test");
        await EndDayAsync();
        await RunAsync();
        Assert.Equal(DmarcReporter.MaxOfHost, _outbox.Sent.Count);
        Assert.Single(_log.Lines, line => line.Name == "dmarc reports dropped");
        Assert.Empty(_store.Rows);
    }

    [Fact]
    public async Task A_failing_policy_delays_no_other_report_and_repeats_none()
    {
        const string failing = "v=DMARC1; p=none; rua=mailto:r@one.test";
        Count("192.0.2.1", 2, "a.test", "v=DMARC1; p=none; rua=mailto:r@a.test");
        Count("192.0.2.1", 1, "a.test", failing);
        Count("192.0.2.1", 1);
        await EndDayAsync();
        _dns = new ZoneDns().Text("_dmarc.a.test", failing).Text("_dmarc.x.test", Policy).Failing("a.test._report._dmarc.one.test");
        var reporter = NewReporter();
        await reporter.RunAsync(default);
        await reporter.RunAsync(default);
        Assert.Equal(["r@a.test", "reports@x.test"], _outbox.Sent.Select(sent => sent.Recipients[0].Address));
        Assert.Equal(1, Assert.Single(_store.Rows).Count);
    }

    [Fact]
    public async Task Counts_that_come_late_make_another_report()
    {
        Count("192.0.2.1", 1);
        await EndDayAsync();
        await AdvanceAsync(DmarcCounts.Interval);
        await RunAsync();
        var late = new ReportCountKey(new DateOnly(2026, 11, 30), "x.test");
        var row = DmarcRowCodec.Write(
            DmarcRecord.Parse(Policy)!, new DmarcReportRow(IPAddress.Loopback, 1, DmarcDisposition.None, "x.test"))!;
        await _store.AddAsync(ReportCountKind.Dmarc, [new ReportCount(late, new byte[16], row, 7)], default);
        await RunAsync();
        Assert.Equal(2, _outbox.Sent.Count);
        Assert.Empty(_store.Rows);
    }

    [Fact]
    public async Task Without_the_option_nothing_is_counted()
    {
        _options.Value = new DmarcReportOptions();
        Assert.False(_counts.IsOn);
        Count("192.0.2.1", 1);
        await _counts.StopAsync(default);
        Assert.Empty(_store.Rows);
    }

    private static XDocument Unpack(MimePart file)
    {
        using var packed = new MemoryStream();
        file.Content!.DecodeTo(packed);
        packed.Position = 0;
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        return XDocument.Load(gzip);
    }

    private void Count(string client, long count, string domain = "x.test", string policy = Policy)
    {
        for (var i = 0; i < count; i++)
        {
            _counts.Add(
                domain, DmarcRecord.Parse(policy)!,
                new DmarcReportRow(IPAddress.Parse(client), 1, DmarcDisposition.Reject, domain)
                {
                    Signatures = [new DmarcReportSignature("s.test", "k1", "fail")],
                    Spf = new DmarcReportSpf("s.test", "pass"),
                });
        }
    }

    private Task EndDayAsync() => AdvanceAsync(TimeSpan.FromHours(12) + DmarcReporter.Delay + TimeSpan.FromSeconds(1));

    private async Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        await _counts.Running;
    }

    private Task RunAsync() => NewReporter().RunAsync(default);

    private DmarcReporter NewReporter() =>
        new(_options, _store, new DmarcReportAddresses(_dns), () => _outbox, "Postfleet 1.0", _time, _log);

    // Takes messages, each key once.
    private sealed class Outbox : ISubmission
    {
        public List<Submission> Sent { get; } = [];

        public string? Refuses { get; set; }

        public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => default;

        public ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
        {
            if (submission.Recipients[0].Address == Refuses) return new(StoreResult.Unavailable);
            if (Sent.Find(sent => sent.Key!.Key == submission.Key!.Key) is { } first) return new(StoreResult.StoredBefore(first.Id));
            Sent.Add(submission);
            return new(StoreResult.Stored);
        }
    }
}
