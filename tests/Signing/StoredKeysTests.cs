using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Dns;
using Postfleet.Signing.Messages;
using Postfleet.Signing.Options;
using Postfleet.Signing.Stored;
using Postfleet.Signing.Tests.Fixtures;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;
using static Postfleet.Signing.Tests.Fixtures.SignerBench;

namespace Postfleet.Signing.Tests;

/// <summary>The life of keys in storage, on two nodes.</summary>
public sealed partial class StoredKeysTests : IAsyncDisposable
{
    private static readonly DomainName Domain = DomainOf("example.org");

    private readonly SignerBench _bench = new();
    private readonly MemoryUsers _rows = new();
    private readonly List<StoredNode> _nodes = [];
    private ZoneDns _dns = new();
    private int _count;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        _bench.Dispose();
    }

    [Theory]
    [InlineData(false, "rsa-sha256", "")]
    [InlineData(true, "ed25519-sha256", "a secret of at least thirty-two characters")]
    public async Task A_key_signs_on_all_nodes_once_its_record_was_seen_for_a_time(bool isEd25519, string algorithm, string secret)
    {
        var (first, second) = (Node(secret), Node(secret));
        var made = (await first.Keys.CreateAsync(Domain, "s1", "", isEd25519, default))!;
        Assert.Equal((algorithm, SigningKeyPhase.Waiting, null), (made.Algorithm, made.Phase, made.Fault));
        Assert.DoesNotContain("PRIVATE", made.Record, StringComparison.Ordinal);
        await LookAsync(first, second);
        Assert.All([first, second], node => Assert.False(Signs(node)));
        Assert.Equal(RecordSight.Missing, await first.Keys.LookAsync(made, default));

        _dns = new ZoneDns().Text("s1._domainkey.example.org", made.Record);
        await LookAsync(first, second);
        await LookAsync(first, second);
        var seen = (await second.Keys.FindAsync(Domain, "s1", default))!;
        Assert.Equal((SigningKeyPhase.Published, Now, Now.AddMinutes(5)), (seen.Phase, seen.PublishedAt, seen.SignsFrom));
        Assert.Single(_bench.Log.Lines, line => line.Name == "signing key published");
        Assert.All([first, second], node => Assert.False(Signs(node)));
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await PollAsync(first, second);
        _bench.Zone.Text("s1._domainkey.example.org", made.Record);
        foreach (var node in _nodes)
        {
            var signed = node.Signer.Sign(Mail("From: joe@example.org"), "default").Content;
            Assert.Equal(["pass example.org s1"], await _bench.ResultsAsync(signed));
        }
    }

    [Fact]
    public async Task The_old_key_signs_until_the_new_one_does_and_a_retired_key_signs_nothing()
    {
        var node = Node();
        await MakeAsync(node, "old");
        Assert.Equal("old", SelectorOf(node));
        _bench.Time.Advance(TimeSpan.FromDays(1));
        await node.Keys.CreateAsync(Domain, "new", "", true, default);
        await LookAsync(node);
        Assert.Equal("old", SelectorOf(node));
        await node.Keys.ActivateAsync(Domain, "new", default);
        await PollAsync(node);
        Assert.Equal("new", SelectorOf(node));

        // Retiring the new one brings back the old one, until that is retired, too.
        var retired = (await node.Keys.RetireAsync(Domain, "new", default))!;
        Assert.Equal((SigningKeyPhase.Retired, _bench.Time.GetUtcNow().AddDays(14)), (retired.Phase, retired.KeepRecordUntil));
        await PollAsync(node);
        Assert.Equal("old", SelectorOf(node));
        Assert.Null(await node.Keys.ActivateAsync(Domain, "new", default));
        await node.Keys.RetireAsync(Domain, "old", default);
        await PollAsync(node);
        Assert.False(Signs(node));
        Assert.All(await _rows.ListAsync("", 10, default), row => Assert.Contains("\"private\":\"\"", row.Data, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_retired_key_is_removed_after_its_time()
    {
        var node = Node();
        await MakeAsync(node, "s1");
        await node.Keys.RetireAsync(Domain, "s1", default);
        await PollAsync(node);
        _bench.Time.Advance(TimeSpan.FromDays(14));
        await LookAsync(node);
        Assert.NotNull(await node.Keys.FindAsync(Domain, "s1", default));
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        await LookAsync(node);
        await LookAsync(node);
        Assert.Null(await node.Keys.FindAsync(Domain, "s1", default));
    }

    [Theory]
    [InlineData("v=DKIM1; k=ed25519; p=AAAA", RecordSight.Different)]
    [InlineData("v=DKIM1; k=rsa; p=KEY", RecordSight.Different)]
    [InlineData("v=DKIM2; k=ed25519; p=KEY", RecordSight.Different)]
    [InlineData("v=DKIM1; k=ed25519; p=KEY; p=KEY", RecordSight.Different)]
    [InlineData("k = ed25519; n=a note; p = KEY ;", RecordSight.Published)]
    [InlineData("v=DKIM1; k=ed25519; p=KEY|v=DKIM1; k=ed25519; p=KEY", RecordSight.Different)]
    [InlineData("failing", RecordSight.Unknown)]
    [InlineData("none", RecordSight.Missing)]
    public async Task A_record_counts_only_if_receivers_will_find_the_key(string records, RecordSight sight)
    {
        var node = Node();
        var made = (await node.Keys.CreateAsync(Domain, "s1", "", true, default))!;
        var key = made.Record.Split("p=")[1];
        _dns = records == "failing" ? new ZoneDns().Failing(made.RecordName) : new ZoneDns();
        if (records.Contains('=', StringComparison.Ordinal))
            _dns.Text(made.RecordName, records.Replace("KEY", key, StringComparison.Ordinal).Split('|'));
        Assert.Equal(sight, await node.Keys.LookAsync(made, default));
        await LookAsync(node);
        await PollAsync(node);
        Assert.Equal(sight == RecordSight.Published, (await node.Keys.FindAsync(Domain, "s1", default))!.PublishedAt is not null);
    }

    [Fact]
    public async Task A_selector_is_taken_once_also_by_a_file()
    {
        var (first, second) = (Node(), Node(files: _bench.Key("example.org", "file")));
        var made = await Task.WhenAll(_nodes.Select(node => node.Keys.CreateAsync(Domain, "s1", "", true, default)));
        Assert.Single(made, key => key is not null);
        Assert.Null(await second.Keys.CreateAsync(Domain, "file", "", true, default));
        // A key with the selector of a file on another node does not sign beside the file.
        await first.Keys.CreateAsync(Domain, "file", "", true, default);
        await first.Keys.ActivateAsync(Domain, "file", default);
        await PollAsync(first, second);
        Assert.Equal(["pass example.org file"], await _bench.ResultsAsync(second.Signer.Sign(Mail("From: joe@example.org"), "x").Content));
    }

    [Fact]
    public async Task A_key_that_cannot_be_opened_signs_nothing_and_required_mail_waits()
    {
        var made = Node("a secret of at least thirty-two characters");
        await MakeAsync(made, "s1");
        var rule = new RequiredSignatureOptions { Domain = "example.org" };
        foreach (var secret in (string[])["", "another secret of thirty-two characters"])
        {
            var node = Node(secret, rule);
            await PollAsync(node);
            Assert.Equal(SigningFault.KeyMissing, node.Signer.Sign(Mail("From: joe@example.org"), "default").Fault);
            Assert.NotNull((await node.Keys.FindAsync(Domain, "s1", default))!.Fault);
        }

        Assert.Contains(_bench.Log.Lines, line => line.Name == "signing key damaged");
        Assert.True(Signs(made));
    }

    [Fact]
    public async Task Damaged_rows_and_moved_private_keys_sign_nothing()
    {
        var node = Node("a secret of at least thirty-two characters");
        await MakeAsync(node, "s1");
        var row = (await _rows.FindAsync("example.org/s1", default))!;
        await _rows.WriteAsync("other.example/s1", row.Data, null, Now, default);
        await _rows.WriteAsync("example.org/s1", "{", null, Now, default);
        await PollAsync(node);
        Assert.False(Signs(node));
        Assert.False(Signs(node, "other.example"));
        Assert.Null(await node.Keys.FindAsync(Domain, "s1", default));
    }

    [Fact]
    public async Task A_storage_that_is_away_or_has_lost_changes_is_noticed()
    {
        var node = Node();
        await MakeAsync(node, "s1");
        _rows.Fault = new SpoolUnavailableException("away");
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => PollAsync(node));
        Assert.True(Signs(node));
        _rows.Fault = null;
        _rows.Lose();
        await PollAsync(node);
        Assert.False(Signs(node));
    }

    [Fact]
    public async Task A_node_starts_when_it_has_read_the_keys()
    {
        await MakeAsync(Node(), "s1");
        var late = Node();
        _rows.Fault = new SpoolUnavailableException("away");
        var start = late.Stored.StartAsync(default);
        Assert.False(start.IsCompleted);
        _rows.Fault = null;
        await Eventually.Done(start, () => _bench.Time.Advance(StoredKeys.Interval), "the keys are there");
        Assert.True(Signs(late));
    }

    private StoredNode Node(string secret = "", RequiredSignatureOptions? required = null, SigningKey? files = null)
    {
        var signer = _bench.Signer(
            files is null ? [] : [files], new KeySeal(secret), required is null ? Array.Empty<RequiredSignatureOptions>() : [required]);
        IDnsLookup Dns() => _dns;
        var node = new StoredNode(
            signer, new StoredKeys(_rows, signer, Dns, _bench.Time, _bench.Log),
            new SigningKeyService(_rows, signer, Dns, _bench.Time, () => _count));
        _nodes.Add(node);
        return node;
    }

    private static async Task MakeAsync(StoredNode node, string selector)
    {
        await node.Keys.CreateAsync(Domain, selector, "", true, default);
        await node.Keys.ActivateAsync(Domain, selector, default);
        await PollAsync(node);
    }

    private static async Task PollAsync(params StoredNode[] nodes)
    {
        foreach (var node in nodes) await node.Stored.PollAsync(default);
    }

    private static async Task LookAsync(params StoredNode[] nodes)
    {
        await PollAsync(nodes);
        foreach (var node in nodes) await node.Stored.LookAsync(default);
        await PollAsync(nodes);
    }

    private static bool Signs(StoredNode node, string domain = "example.org") => SelectorOf(node, domain).Length > 0;

    private static string SelectorOf(StoredNode node, string domain = "example.org") => System.Text.RegularExpressions.Regex.Match(
        System.Text.Encoding.ASCII.GetString(
            node.Signer.Sign(Mail($"From: joe@{domain}"), "default").Content.ToMemory().Span), @"\bs=(\w+);").Groups[1].Value;

    private sealed record StoredNode(MessageSigner Signer, StoredKeys Stored, SigningKeyService Keys) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Stored.DisposeAsync();
            Signer.Dispose();
        }
    }
}
