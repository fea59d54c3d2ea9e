using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Inbound mail in a fleet: with <c>POSTFLEET_TEST_STRANGERS=1</c> the load of all scenarios comes from strangers, over listeners of the
/// service inbound with every check and a filter, instead of from a trusted network. A fleet owns one: a name server and a real filter.
/// </summary>
internal sealed class FleetStrangers : IAsyncDisposable
{
    /// <summary>Whether the load comes from strangers.</summary>
    public static bool AreOn { get; } = Environment.GetEnvironmentVariable("POSTFLEET_TEST_STRANGERS") == "1";

    private const int Port = 2526;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // A Unix socket is in reach of all network namespaces.
    private const string FilterProgram = """
        import sys, Milter
        class Marks(Milter.Base):
            def eom(self):
                self.addheader("X-Filtered", "yes")
                return Milter.ACCEPT
        Milter.factory = Marks
        Milter.set_flags(Milter.ADDHDRS)
        Milter.runmilter("marks", sys.argv[1], 240)
        """;

    private readonly TempFolder _folder = new("strangers");
    private readonly Dnsmasq _dns;
    private readonly ChildProcess _filter;

    private FleetStrangers(Dnsmasq dns)
    {
        _dns = dns;
        File.WriteAllText(_folder["filter.py"], FilterProgram);
        File.WriteAllText(_folder["access"], "deny client 192.0.2.0/24\ndeny sender nobody@load.test\n");
        _filter = ProcessHost.Start(new ProcessSpec("/usr/bin/python3", [_folder["filter.py"], _folder["socket"]]));
    }

    /// <summary>Starts name server and filter.</summary>
    /// <param name="address">An address that all nodes reach.</param>
    public static async Task<FleetStrangers> StartAsync(IPAddress address)
    {
        var strangers = new FleetStrangers(await Dnsmasq.StartAsync(
            new DnsRecords()
                .Text("load.test", "v=spf1 ip4:127.0.0.0/8 ip4:198.18.0.0/15 ip4:10.0.0.0/8 -all")
                .Text("_dmarc.load.test", "v=DMARC1; p=reject")
                // The test entry of a list (RFC 5782 section 5).
                .Address("2.0.0.127.list.load.test", "127.0.0.2"),
            address));
        await Eventually.True(() => File.Exists(strangers._folder["socket"]), Limit, "the filter listens");
        return strangers;
    }

    /// <summary>The listener of a frontend.</summary>
    public static IPEndPoint Listener(PostfleetNode node) => new(node.Spec.Place!.Address, Port);

    /// <summary>Adds a listener and the checks to the configuration of a frontend.</summary>
    public void Configure(JsonObject json)
    {
        if (json["Listeners"] is not JsonArray { Count: > 0 } listeners) return;
        var relay = IPEndPoint.Parse((string)listeners[0]!["Endpoint"]!);
        listeners.Add(new JsonObject { ["Endpoint"] = new IPEndPoint(relay.Address, Port).ToString(), ["Service"] = "inbound" });
        json["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray("192.0.2.1/32") };
        json["Dns"] = new JsonObject { ["Servers"] = new JsonArray(_dns.EndPoint.ToString()) };
        json["Inbound"] = new JsonObject
        {
            ["Domains"] = new JsonArray([.. Enumerable.Range(0, Fleet.Sites).Select(site => JsonValue.Create($"*.s{site}.test"))]),
            ["Dmarc"] = "reject",
            ["ReceivedSpf"] = true,
            ["AccessFiles"] = new JsonArray(_folder["access"]),
            ["DnsLists"] = new JsonArray(new JsonObject { ["Zone"] = "list.load.test" }),
            ["Rates"] = new JsonArray(new JsonObject { ["Count"] = "recipients", ["By"] = "network", ["Rate"] = "10000/s" }),
            ["Greylisting"] = new JsonObject { ["Delay"] = "1s", ["Proofs"] = 1, ["SkipSpfPass"] = false },
        };
        json["Filters"] = new JsonArray(new JsonObject { ["Name"] = "marks", ["Endpoint"] = $"unix:{_folder["socket"]}" });
    }

    /// <summary>Sends a message through each frontend until greylisting knows the network of the load.</summary>
    public static async Task ProveAsync(PostfleetCluster cluster)
    {
        var content = Encoding.ASCII.GetBytes("From: <sender@load.test>\r\nMessage-Id: <proof@load.test>\r\n\r\n");
        foreach (var node in cluster.With("frontend"))
        {
            SmtpReply last = default;
            await Eventually.True(
                async () =>
                {
                    using var client = await SmtpClientLite.ConnectAsync(Listener(node));
                    await client.CommandAsync("EHLO load.test");
                    last = await client.SendMessageAsync("sender@load.test", [$"to@{Fleet.Domain(0)}"], content);
                    return last.Code == 250;
                },
                Limit, () => $"the network of the load is not known: {last}");
        }
    }

    /// <summary>Asserts that the checks and the filter have seen each message that a sink has in whole.</summary>
    public static void AssertChecked(SmtpSink sink)
    {
        List<string?> results = [];
        foreach (var content in sink.Messages.Select(message => message.Content).OfType<byte[]>())
        {
            Assert.Equal("yes", MessageContent.Header(content, "X-Filtered"));
            results.Add(MessageContent.Header(content, "Authentication-Results"));
        }

        Assert.DoesNotContain(null, results);
        // The first line of the field names the node alone; a time without DNS may give other results.
        Assert.True(results.Count == 0 || sink.Messages.Any(message => IsPassed(message.Content!)), "no message passes DMARC");
    }

    private static bool IsPassed(byte[] content) => Encoding.ASCII.GetString(content).Contains("dmarc=pass", StringComparison.Ordinal);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _filter.DisposeAsync();
        await _dns.DisposeAsync();
        _folder.Dispose();
    }
}
