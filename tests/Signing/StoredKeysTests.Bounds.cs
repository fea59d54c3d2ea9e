using System.Diagnostics.Metrics;
using Postfleet.Contracts.Signing;
using Postfleet.Signing.Options;
using Postfleet.Signing.Stored;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Signing.Tests.Fixtures.SignerBench;

namespace Postfleet.Signing.Tests;

/// <content>Other secrets, many keys, lists with damaged rows, and what the metric counts.</content>
public sealed partial class StoredKeysTests
{
    [Fact]
    public async Task A_reload_with_another_secret_opens_the_keys_with_it()
    {
        const string First = "the first secret of more than 32 characters";
        using var folder = new TempFolder();
        var file = folder["secret"];
        var node = Node(First);
        await MakeAsync(node, "s1");
        var key = SelectorOf(node);
        foreach (var secret in (string[])[First, "another secret of more than 32 characters", First])
        {
            await File.WriteAllTextAsync(file, secret);
            node.Signer.Prepare(new SigningSections { Signing = new SigningOptions { SecretFile = file } })();
            await PollAsync(node);
            Assert.Equal(secret == First ? key : "", SelectorOf(node));
        }

        Assert.Single(_bench.Log.Lines, line => line.Name == "signing key damaged");
    }

    [Fact]
    public async Task The_storage_takes_a_number_of_keys()
    {
        var node = Node();
        await MakeAsync(node, "s1");
        Assert.Equal(1, node.Stored.Count);
        _count = StoredKeys.MaxKeys;
        await Assert.ThrowsAsync<SigningKeysFullException>(() => node.Keys.CreateAsync(Domain, "s2", "", true, default));
    }

    [Fact]
    public async Task A_damaged_row_does_not_end_a_list()
    {
        var node = Node();
        foreach (var selector in (string[])["a", "b", "c", "d"]) await node.Keys.CreateAsync(Domain, selector, "", true, default);
        await _rows.WriteAsync("example.org/b", "{", null, Now, default);
        Assert.Equal(["a", "c"], (await node.Keys.ListAsync("", 2, default)).Select(key => key.Selector));
        Assert.Equal(["d"], (await node.Keys.ListAsync("example.org/c", 2, default)).Select(key => key.Selector));
    }

    [Fact]
    public async Task A_published_key_signs_when_its_time_comes_without_another_change()
    {
        var node = Node();
        await MakeAsync(node, "s1");
        var made = (await node.Keys.CreateAsync(Domain, "s2", "", true, default))!;
        _dns = new ZoneDns().Text(made.RecordName, made.Record);
        await LookAsync(node);
        Assert.Equal("s1", SelectorOf(node));
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await PollAsync(node);
        Assert.Equal("s2", SelectorOf(node));
    }

    [Fact]
    public async Task Mail_that_leaves_unsigned_beside_keys_is_counted()
    {
        Dictionary<string, long> counts = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Name == "postfleet.signing.messages") meters.EnableMeasurementEvents(instrument);
            },
        };
        var thread = Environment.CurrentManagedThreadId;
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (Environment.CurrentManagedThreadId != thread) return;
            var result = (string)tags[0].Value!;
            counts[result] = counts.GetValueOrDefault(result) + value;
        });
        listener.Start();
        var node = Node();
        thread = Environment.CurrentManagedThreadId;
        Sign("From: joe@example.org");
        Assert.Equal(0, counts.Values.Sum());

        await node.Keys.CreateAsync(Domain, "s1", "", true, default);
        await PollAsync(node);
        thread = Environment.CurrentManagedThreadId;
        Sign("From: joe@example.org");
        Assert.Equal(1, counts["no-key"]);
        await node.Keys.ActivateAsync(Domain, "s1", default);
        await PollAsync(node);
        thread = Environment.CurrentManagedThreadId;
        Sign("From: joe@example.org");
        Sign("From: joe@other.test");
        Sign("From: joe@example.org\r\nFrom: x@y.test");
        Assert.Equal((1, 2, 1), (counts["signed"], counts["no-key"], counts["unclear"]));

        void Sign(string header) => node.Signer.Sign(Mail(header), "default");
    }
}
