using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Sources;

/// <summary>Streams leave from sources: an address of this machine, a SOCKS5 proxy (microsocks), and HAProxy.</summary>
public sealed class SourceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Each_stream_leaves_from_its_source_and_waits_while_its_proxy_is_away()
    {
        await using var sink = new SmtpSink(new SinkOptions());
        using var folder = new TempFolder();
        var (socks, haproxy) = (FreePort.Tcp(), FreePort.Tcp());
        await using var first = await StartHaproxyAsync(folder, haproxy);
        await using var node = NodeFor(sink.EndPoint, socks, haproxy);
        await node.StartAsync();

        foreach (var stream in (string[])["one", "two", "three", "other"]) await SendAsync(node, stream);
        await Eventually.True(() => sink.Messages.Count == 3, Limit, "three streams have left");
        await Eventually.True(async () => (await node.QueuesAsync()).Messages == 1, Limit, "the mail of the second stream waits");
        await using (var second = ProcessHost.Start(new ProcessSpec(
            "microsocks", ["-i", "127.0.0.1", "-p", socks.ToString(CultureInfo.InvariantCulture), "-b", "127.0.0.8"])))
        {
            await second.WaitForPortAsync(socks, Limit);
            await node.WaitEmptyAsync(Limit);
        }

        Assert.Equal(
            [
                ("127.0.0.1", "node.test"), ("127.0.0.7", "out1.test"), ("127.0.0.8", "node.test"), ("127.0.0.9", "out3.test"),
            ],
            sink.Messages.Select(message => ($"{message.Peer}", message.Client)).Order());
        Assert.Contains(node.Process.Output, line => line.Contains(" site down ", StringComparison.Ordinal)
            && line.Contains($"the proxy socks5://127.0.0.1:{socks} cannot be used: connection refused", StringComparison.Ordinal));
    }

    private static async Task<ChildProcess> StartHaproxyAsync(TempFolder folder, int port)
    {
        // The server without an address is the host in the header, and the source is the client in the header.
        await File.WriteAllTextAsync(folder["haproxy.cfg"], $"""
            defaults
              mode tcp
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            listen egress
              bind 127.0.0.1:{port} accept-proxy
              server host 0.0.0.0 source 0.0.0.0 usesrc clientip

            """);
        var haproxy = ProcessHost.Start(new ProcessSpec("/usr/sbin/haproxy", ["-db", "-f", folder["haproxy.cfg"]]));
        await haproxy.WaitForPortAsync(port, Limit);
        return haproxy;
    }

    private static async Task SendAsync(PostfleetNode node, string stream)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO client.test");
        var content = Encoding.ASCII.GetBytes($"X-Postfleet-Stream: {stream}\r\nSubject: x\r\n\r\n");
        Assert.Equal(250, (await client.SendMessageAsync("a@source.test", [$"to@{stream}.test"], content)).Code);
    }

    private static PostfleetNode NodeFor(IPEndPoint sink, int socks, int haproxy) => new(new NodeSpec
    {
        Configure = json =>
        {
            json["Node"]!["Hostname"] = "node.test";
            json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "1s" };
            json["Streams"] = new JsonArray(
                [.. new[] { "one", "two", "three", "other" }.Select(name => new JsonObject { ["Name"] = name })]);
            json["Sources"] = new JsonArray(
                new JsonObject { ["Name"] = "out1", ["Addresses"] = "127.0.0.7", ["Hostname"] = "out1.test" },
                new JsonObject { ["Name"] = "out2", ["Proxy"] = $"socks5://127.0.0.1:{socks}" },
                new JsonObject
                {
                    ["Name"] = "out3",
                    ["Addresses"] = "127.0.0.9",
                    ["Hostname"] = "out3.test",
                    ["Proxy"] = $"haproxy://127.0.0.1:{haproxy}",
                });
            json["Routes"] = new JsonArray(
                Route(sink, "one", "out1"), Route(sink, "two", "out2"), Route(sink, "three", "out3"),
                new JsonObject { ["Domain"] = "*", ["To"] = $"smtp://{sink}" });
        },
    });

    private static JsonObject Route(IPEndPoint sink, string stream, string source) =>
        new() { ["Domain"] = "*", ["Stream"] = stream, ["To"] = $"smtp://{sink}", ["Source"] = source };
}
