using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

public sealed class ClientVerbTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Verbs_show_a_node_with_a_queue_that_waits()
    {
        await using var node = new PostfleetNode(new NodeSpec { Routes = [("slow.test", $"smtp://127.0.0.1:{FreePort.Tcp()}")] });
        await node.StartAsync();
        await PostfixTools.SwaksAsync(node.Relay, "someone@slow.test");
        await Eventually.True(async () => (await node.QueuesAsync()).Deferred == 1, Limit, "the message is deferred");

        var queues = await RunAsync(0, "queues", "--endpoint", $"{node.Admin}");
        Assert.StartsWith("QUEUE ", queues[0], StringComparison.Ordinal);
        Assert.StartsWith("default:slow.test ", queues[1], StringComparison.Ordinal);
        Assert.Contains("connection refused", queues[1], StringComparison.Ordinal);
        Assert.StartsWith("1 message for 1 recipient in 1 queue: 0 due, 1 deferred, 0 being sent", queues[2], StringComparison.Ordinal);

        Assert.Contains("default:slow.test", (await RunAsync(0, "queue", "default:slow.test", "--endpoint", $"{node.Admin}"))[0]);
        Assert.StartsWith("cluster of 1 node", (await RunAsync(0, "status", "--endpoint", $"{node.Admin}"))[0], StringComparison.Ordinal);
        var json = JsonNode.Parse(string.Join('\n', await RunAsync(0, "mailq", "--json", "--endpoint", $"{node.Admin}")))!;
        Assert.Equal("default:slow.test", (string?)json["queues"]![0]!["key"]);
        Assert.Equal(
            ["action 1 is in force; it ends with: postfleet actions cancel 1"],
            await RunAsync(0, "suspend", "slow.test", "--endpoint", $"{node.Admin}"));
        await Eventually.True(
            async () => (await RunAsync(0, "queue", "default:slow.test", "--endpoint", $"{node.Admin}"))
                .Any(line => line.Contains("action 1 suspends the queue", StringComparison.Ordinal)),
            Limit, "the queue is suspended");
        await RunAsync(2, "delete", "*", "--endpoint", $"{node.Admin}");
        Assert.Equal(
            ["action 2 done: 1 message in 1 queue"], await RunAsync(0, "delete", "*", "--yes", "--endpoint", $"{node.Admin}"));
        await node.WaitEmptyAsync(Limit);
        var dropped = await RunAsync(0, "messages", "--state", "dropped", "--endpoint", $"{node.Admin}");
        Assert.Contains("someone@slow.test", dropped[1], StringComparison.Ordinal);
        await RunAsync(4, "queue", "default:nowhere.test", "--endpoint", $"{node.Admin}");
        await RunAsync(3, "queues", "--endpoint", $"127.0.0.1:{FreePort.Tcp()}");
    }

    [Fact]
    public async Task Check_asks_the_DNS_for_the_records_of_a_sender()
    {
        await using var dns = await Dnsmasq.StartAsync(new DnsRecords().Address("out.example.test", "203.0.113.9")
            .Pointer("9.113.0.203.in-addr.arpa", "other.example.test").Text("example.test", "v=spf1 ip4:203.0.113.9 -all"));
        var lines = await RunAsync(
            0, "check", "--dns", "--Node:Hostname=out.example.test", $"--Dns:Servers:0={dns.EndPoint}",
            "--Signing:Required:0:Domain=example.test");
        Assert.Equal(
            [
                "postfleet: warning: Routes:1: 203.0.113.9 has the name other.example.test in the DNS, and large providers refuse its "
                    + "mail; have the owner of the network publish a PTR record with out.example.test.",
                "postfleet: warning: example.test has no DMARC record; publish: _dmarc.example.test. IN TXT \"v=DMARC1; p=none; "
                    + "rua=mailto:postmaster@example.test\"",
            ],
            lines.Where(line => line.StartsWith("postfleet: warning:", StringComparison.Ordinal)));
    }

    private static async Task<IReadOnlyList<string>> RunAsync(int code, params string[] args)
    {
        await using var verb = ProcessHost.Start(new ProcessSpec("dotnet", [Repository.Program, .. args]));
        Assert.Equal(code, await verb.WaitForExitAsync(Limit));
        return verb.Output;
    }
}
