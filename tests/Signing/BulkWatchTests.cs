using System.Diagnostics.Metrics;
using Postfleet.Signing.Bulk;
using Postfleet.Signing.Messages;
using Postfleet.Signing.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Signing.Tests.Fixtures.SignerBench;

namespace Postfleet.Signing.Tests;

/// <summary>What bulk mail lacks of what mailbox providers demand.</summary>
public sealed class BulkWatchTests : IDisposable
{
    private const string Good =
        "From: news@example.org\r\nList-Unsubscribe: <mailto:off@example.org>, <https://example.org/off?u=1>\r\n"
        + "List-Unsubscribe-Post: List-Unsubscribe=One-Click";

    private readonly SignerBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("a", "a")]
    [InlineData(", <https://example.org/off?u=1>", "", "no-list-unsubscribe")]
    [InlineData("<https://example.org/off?u=1>", "<http://example.org/off?u=1>", "no-list-unsubscribe")]
    [InlineData("List-Unsubscribe: <mailto", "X: <mailto", "no-list-unsubscribe")]
    [InlineData("=One-Click", "=One", "no-one-click")]
    [InlineData("List-Unsubscribe-Post", "X-Post", "no-one-click")]
    [InlineData("news@example.org", "news@other.example", "not-signed", "no-dmarc")]
    public async Task Each_fault_is_counted_and_logged_once_a_minute(string old, string now, params string[] faults)
    {
        _bench.Zone.Text("_dmarc.example.org", "v=DMARC1; p=none");
        var watch = Watch();
        var text = Good.Replace(old, now, StringComparison.Ordinal);
        // The look-up of DMARC runs beside the first message.
        await Eventually.True(
            async () =>
            {
                await watch.SignAsync(Mail(text), "bulk", default);
                return _bench.Zone.Queries.Count > 0 && Lines() == faults.Length;
            },
            TimeSpan.FromSeconds(10), "the answer of the DNS");
        using var counted = new Counted();
        for (var i = 0; i < 3; i++) await watch.SignAsync(Mail(text), "bulk", default);
        Assert.Equal(faults.SelectMany(fault => Enumerable.Repeat(fault, 3)).Order(), counted.Faults.Order());
        Assert.Equal(faults.Length, Lines());
        _bench.Time.Advance(MessageSigner.WarningInterval);
        await watch.SignAsync(Mail(text), "bulk", default);
        Assert.Equal(2 * faults.Length, Lines());
    }

    [Fact]
    public void A_signature_of_another_domain_or_without_the_fields_does_not_count()
    {
        foreach (var (domain, fields, lacks) in ((string, string, bool)[])
            [
                ("example.org", "from:list-unsubscribe:list-unsubscribe-post", false),
                ("mail.example.org", "From : List-Unsubscribe : List-Unsubscribe-Post", false),
                ("example.org", "from:list-unsubscribe", true),
                ("example.com", "from:list-unsubscribe:list-unsubscribe-post", true),
                ("badexample.org", "from:list-unsubscribe:list-unsubscribe-post", true),
            ])
        {
            var header = Authentication.Messages.MessageHeader.Read(
                Mail($"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=s; h={fields}; bh=x; b=x\r\n{Good}").Octets);
            Assert.Equal(lacks ? BulkFaults.NotSigned : BulkFaults.None, BulkContent.Faults(header, DomainOf("example.org")));
        }
    }

    [Fact]
    public async Task Other_streams_and_mail_without_a_clear_author_are_not_looked_at()
    {
        var watch = Watch();
        using var counted = new Counted();
        await watch.SignAsync(Mail("From: a@example.org"), "default", default);
        await watch.SignAsync(Mail("From: a@example.org, b@example.com"), "bulk", default);
        watch.Sign(Mail("From: a@example.org"), "bulk");
        Assert.Empty(counted.Faults);
        Assert.Empty(_bench.Zone.Queries);
    }

    [Fact]
    public async Task A_DNS_that_fails_says_nothing_about_DMARC()
    {
        _bench.Zone.Failing("_dmarc.example.org");
        var watch = Watch();
        await watch.SignAsync(Mail(Good), "bulk", default);
        await Eventually.True(() => _bench.Zone.Queries.Count > 0, TimeSpan.FromSeconds(10), "the question");
        using var counted = new Counted();
        for (var i = 0; i < 3; i++) await watch.SignAsync(Mail(Good), "bulk", default);
        Assert.Empty(counted.Faults);
    }

    private BulkWatch Watch()
    {
        var key = _bench.Key("example.org", "s1");
        var state = new SigningState(
            new SigningKeys([key]), new SignatureRules([]),
            new StoredKeySettings(new KeySeal(""), TimeSpan.FromMinutes(5), TimeSpan.FromDays(14)), [])
        { Bulk = ["bulk"] };
        return new BulkWatch(new MessageSigner(state, _bench.Time, _bench.Log), () => _bench.Zone, _bench.Time, _bench.Log);
    }

    private int Lines() => _bench.Log.Lines.Count(line => line.Name == "bulk mail incomplete");

    // The faults that this test's flow of control counts: other tests run at the same time.
    private sealed class Counted : IDisposable
    {
        private static readonly AsyncLocal<Counted?> Current = new();
        private readonly MeterListener _listener = new();

        public Counted()
        {
            Current.Value = this;
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "postfleet.bulk.faults") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                if (Current.Value == this && value > 0) Faults.Add((string)tags[0].Value!);
            });
            _listener.Start();
        }

        public List<string> Faults { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}
