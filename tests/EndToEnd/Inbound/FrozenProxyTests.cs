using System.Text;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>
/// The host to which mail is passed on is frozen (SIGSTOP) while sessions are open at every stage: its kernel accepts connections, and
/// nobody answers.
/// </summary>
public sealed class FrozenProxyTests
{
    private const string Sender = "a@source.test";

    // A message on a connection that was open when the host froze has three minutes until its final dot (MailProxy.MaxBeforeDot).
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static readonly byte[] Content = Encoding.ASCII.GetBytes("Subject: x\r\n\r\nhi\r\n");

    [FullFact]
    public async Task A_frozen_host_delays_its_own_mail_alone_and_loses_none()
    {
        await Task.WhenAll(RunAsync("defer"), RunAsync("queue"));
    }

    private static async Task RunAsync(string mode)
    {
        await using var host = new PostfleetNode(new NodeSpec { Name = "host" });
        await host.StartAsync();
        await using var other = new SmtpSink();
        await using var node = NodeFor($"smtp://{host.Listeners[0]}", $"smtp://{other.EndPoint}", mode);
        await node.StartAsync();
        List<string> acknowledged = [];
        // A connection to the host waits for the next mail when the host freezes.
        using var late = await OpenAsync(node);
        using var early = await OpenAsync(node);
        Assert.Equal(250, (await late.CommandAsync($"MAIL FROM:<{Sender}>")).Code);
        Assert.Equal(250, (await late.CommandAsync("RCPT TO:<late@store.test>")).Code);
        Assert.Equal(250, (await early.CommandAsync($"MAIL FROM:<{Sender}>")).Code);
        host.Process.Send(Signal.Stop);
        try
        {
            var ends = EndAsync(late);
            var asked = early.CommandAsync("RCPT TO:<early@store.test>");
            // Meanwhile and afterwards mail of another host passes.
            await PassAsync(node, "b@other.test");
            var (ended, answer) = (await ends.WaitAsync(Limit), await asked.WaitAsync(Limit));
            await PassAsync(node, "c@other.test");
            Assert.Equal(mode == "queue" ? (250, 250) : (451, 451), (ended.Code, answer.Code));
            if (mode == "queue")
            {
                Assert.Equal(250, (await EndAsync(early)).Code);
                acknowledged.AddRange(["late@store.test", "early@store.test"]);
            }
        }
        finally
        {
            host.Process.Send(Signal.Continue);
        }

        var tries = 0;
        await Eventually.True(async () =>
        {
            using var again = await OpenAsync(node);
            var before = Passed(node);
            if ((await again.SendMessageAsync(Sender, [$"again{++tries}@store.test"], Content)).Code != 250) return false;
            acknowledged.Add($"again{tries}@store.test");
            // While the host is left alone, mail is queued in this mode.
            await node.WaitEmptyAsync(Limit);
            return Passed(node) > before;
        }, Limit, "mail is passed on again");
        await node.WaitEmptyAsync(Limit);
        // What was deferred is the client's, and what was acknowledged is there once.
        await Eventually.True(async () => (await CapturedAsync(host)).Count >= acknowledged.Count, Limit, "the host has the mail");
        Assert.Equal(acknowledged.Order(), (await CapturedAsync(host)).Order());
        Assert.Equal(2, other.Messages.Count);
    }

    private static async Task<SmtpClientLite> OpenAsync(PostfleetNode node)
    {
        var client = await SmtpClientLite.ConnectAsync(node.Listeners[1]);
        Assert.Equal(250, (await client.CommandAsync("EHLO client.test")).Code);
        return client;
    }

    private static async Task<SmtpReply> EndAsync(SmtpClientLite client)
    {
        Assert.Equal(354, (await client.CommandAsync("DATA")).Code);
        return await client.CommandAsync("Subject: x\r\n\r\nhi\r\n.");
    }

    private static async Task PassAsync(PostfleetNode node, string recipient)
    {
        using var client = await OpenAsync(node);
        Assert.Equal(250, (await client.SendMessageAsync(Sender, [recipient], Content).WaitAsync(Limit)).Code);
    }

    private static int Passed(PostfleetNode node) =>
        node.Process.Output.Count(line => line.Contains(" passed on ", StringComparison.Ordinal));

    // The recipients of the captured messages.
    private static async Task<List<string>> CapturedAsync(PostfleetNode node) =>
    [
        .. (await node.GetAsync("/api/v1/captured?limit=1000"))["messages"]!.AsArray()
            .SelectMany(message => message!["recipients"]!.AsArray().Select(recipient => (string)recipient!)),
    ];

    private static PostfleetNode NodeFor(string store, string other, string mode) => new(new NodeSpec
    {
        Routes = [("store.test", store), ("other.test", other)],
        Configure = json =>
        {
            json["Listeners"]!.AsArray().Add(
                new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "inbound", ["Checks"] = "none" });
            // The clients are on this machine, which would otherwise be an own one.
            json["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray("192.0.2.1/32") };
            json["Inbound"] = new JsonObject { ["Domains"] = new JsonArray("store.test", "other.test") };
            json["Routes"]![0]!["Proxy"] = mode;
            json["Routes"]![1]!["Proxy"] = "defer";
            json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "2s" };
        },
    });
}
