using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Two streams to a slow destination with two connections.</summary>
public sealed class StreamTests
{
    private const int Messages = 220;

    // Of the first messages to arrive, which come while both streams have mail.
    private const int Watched = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Streams_share_a_destination_by_weight_and_senders_choose_among_theirs()
    {
        using var gate = new ManualResetEventSlim();
        await using var sink = new SmtpSink(new SinkOptions
        {
            KeepContent = true,
            Script = step =>
            {
                // The destination grants no credit before its first connection, so both streams ask at the same time.
                if (step.Stage == SinkStage.Connect) gate.Wait(Limit);
                return step.Stage == SinkStage.EndOfData ? SinkAction.Accept with { Delay = TimeSpan.FromMilliseconds(5) }
                    : SinkAction.Accept;
            },
        });
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", $"smtp://{sink.EndPoint}")],
            Configure = json => Configure(json, weight: 10),
        });
        await node.StartAsync();
        await CreateUserAsync(node);

        using (var user = await SmtpClientLite.ConnectAsync(node.Listeners[1]))
        {
            await user.CommandAsync("EHLO client.test");
            var secret = Convert.ToBase64String("\0app@source.test\0secret"u8);
            Assert.Equal(235, (await user.CommandAsync($"AUTH PLAIN {secret}")).Code);
            for (var i = 0; i < Messages; i++) Assert.Equal(250, (await SendAsync(user, "bulk", "")).Code);
            Assert.StartsWith(
                "5.7.1 The user may not send in the stream urgent",
                (await SendAsync(user, "none", "X-Postfleet-Stream: urgent\r\n")).Text, StringComparison.Ordinal);
        }

        using (var trusted = await SmtpClientLite.ConnectAsync(node.Relay))
        {
            await trusted.CommandAsync("EHLO client.test");
            for (var i = 0; i < Messages; i++)
                Assert.Equal(250, (await SendAsync(trusted, "urgent", "x-postfleet-STREAM :\r\n Urgent\r\n")).Code);
            Assert.StartsWith(
                "5.7.1 The stream other is not configured",
                (await SendAsync(trusted, "none", "X-Postfleet-Stream: other\r\n")).Text, StringComparison.Ordinal);
        }

        await AssertPolicyAsync(node, ("10", "Streams:0:Weight"), ("4h", "Streams:0:Lifetime"), ("5m", "Queues:FirstRetry"));
        node.Rewrite(json => json["Streams"]![0]!["Weight"] = 9);
        node.Process.Send(Signal.HangUp);
        await Eventually.True(async () => (await PolicyAsync(node))["weight"].Value == "9", Limit, "the weight is changed by a reload");

        await Eventually.True(
            async () => await MessagesAsync(node, "urgent") == Messages && await MessagesAsync(node, "bulk") == Messages, Limit,
            "both queues have all of their mail");
        gate.Set();
        await sink.WaitForAsync(2 * Messages, Limit);
        var first = sink.Messages.Take(Watched).CountBy(message => message.Recipients[0].Split('@')[0])
            .ToDictionary(share => share.Key, share => share.Value);
        // Nine of ten, with room for a busy machine.
        Assert.InRange(first["urgent"], 145, 195);
        Assert.Equal((2 * Messages, 0), (sink.Deliveries, sink.Duplicates));
        Assert.InRange(sink.ConnectionsMax, 1, 2);
        Assert.All(
            sink.Messages,
            message => Assert.DoesNotContain(
                "x-postfleet", Encoding.Latin1.GetString(message.Content!), StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(sink.Messages, message => message.Recipients[0].StartsWith("none", StringComparison.Ordinal));
    }

    private static void Configure(JsonObject json, int weight)
    {
        json["Listeners"]!.AsArray().Add(
            new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "submission", ["Stream"] = "urgent" });
        json["Auth"] = new JsonObject { ["PlaintextNetworks"] = new JsonArray("127.0.0.0/8") };
        json["Delivery"]!["MaxConnectionsPerSite"] = 2;
        json["Streams"] = new JsonArray(
            new JsonObject { ["Name"] = "urgent", ["Weight"] = weight, ["Lifetime"] = "4h", ["MaxRetry"] = "1h" },
            new JsonObject { ["Name"] = "bulk" });
    }

    private static async Task CreateUserAsync(PostfleetNode node)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri($"http://{node.Admin}/api/v1/users/app@source.test"),
            new JsonObject { ["password"] = "secret", ["streams"] = new JsonArray("bulk") });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static int _number;

    private static Task<SmtpReply> SendAsync(SmtpClientLite client, string recipient, string field)
    {
        var number = Interlocked.Increment(ref _number);
        return client.SendMessageAsync(
            "app@source.test", [$"{recipient}@slow.test"],
            Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"From: app@source.test\r\n{field}Message-Id: <{number}@source.test>\r\n\r\nhello\r\n")));
    }

    private static async Task AssertPolicyAsync(
        PostfleetNode node, (string, string) weight, (string, string) lifetime, (string, string) firstRetry)
    {
        var policy = await PolicyAsync(node);
        Assert.Equal((weight, lifetime, firstRetry), (policy["weight"], policy["lifetime"], policy["firstRetry"]));
    }

    private static async Task<Dictionary<string, (string Value, string Setting)>> PolicyAsync(PostfleetNode node) =>
        (await node.GetAsync("/api/v1/resolve?domain=slow.test&stream=urgent"))["policy"]!.AsArray()
            .ToDictionary(each => (string)each!["name"]!, each => ((string)each!["value"]!, (string)each["setting"]!));

    private static async Task<int> MessagesAsync(PostfleetNode node, string stream) =>
        (int)(await node.GetAsync($"/api/v1/queues?stream={stream}"))["total"]!["messages"]!;
}
