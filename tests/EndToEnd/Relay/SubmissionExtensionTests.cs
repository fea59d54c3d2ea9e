using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>FUTURERELEASE, MT-PRIORITY and DELIVERBY of a user's messages, through a kill -9, up to another host.</summary>
public sealed partial class SubmissionExtensionTests : IDisposable
{
    private const string User = "ada@source.test";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new();

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Messages_are_held_ordered_and_returned_as_their_sender_asked()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            KeepContent = true,
            Script = step => step.Stage == SinkStage.Hello
                ? SinkAction.Reply("250 sink.test\n250 DSN\n250 MT-PRIORITY\n250 DELIVERBY 30") : SinkAction.Accept,
        });
        await using var node = new PostfleetNode(new NodeSpec { Routes = [("*", $"smtp://{sink.EndPoint}")], Configure = Configure });
        await node.StartAsync();
        using (var created = await _http.PutAsJsonAsync(Api(node, $"users/{User}"), new { password = "secret" }))
            created.EnsureSuccessStatusCode();
        await OrderAsync(node, new { kind = "suspend", selector = new { queue = "default:sink.test" } });
        using (var client = await LoginAsync(node))
        {
            await SendAsync(client, "MT-PRIORITY=-4", "late@sink.test");
            await SendAsync(client, "", "normal@sink.test");
            await SendAsync(client, "MT-PRIORITY=4 BY=600;N", "first@sink.test");
            await SendAsync(client, "BY=2;R MT-PRIORITY=2", "never@sink.test");
            await SendAsync(client, "HOLDFOR=4 MT-PRIORITY=9", "held@other.test");
        }

        // The message is acknowledged before this time, and held from MAIL on.
        var heldUntil = DateTimeOffset.UtcNow.AddSeconds(3);
        await node.KillAsync();
        await node.StartAsync();
        // The held message and the report are not for the suspended queue.
        await sink.WaitForAsync(2, Limit);
        Assert.InRange(Assert.Single(sink.Messages, message => message.ReversePath.Length > 0).At, heldUntil, DateTimeOffset.UtcNow);
        var report = Encoding.ASCII.GetString(Assert.Single(sink.Messages, message => message.ReversePath.Length == 0).Content!);
        Assert.Contains("\r\nAction: failed\r\nStatus: 5.4.7\r\n", report, StringComparison.Ordinal);
        Assert.Contains("\r\nDeliver-By-Date: ", report, StringComparison.Ordinal);
        Assert.Contains("never@sink.test", report, StringComparison.Ordinal);
        await OrderAsync(node, new { kind = "resume", selector = new { queue = "default:sink.test" } });
        await sink.WaitForAsync(5, Limit);

        var mail = sink.Messages.OrderBy(message => message.At).TakeLast(3).ToList();
        Assert.Equal(
            ["first@source.test 4", "normal@source.test 0", "late@source.test -4"],
            mail.Select(message => $"{message.ReversePath} {Priority().Match(message.MailParameters).Groups[1].Value}"));
        var by = By().Match(mail[0].MailParameters);
        Assert.InRange(int.Parse(by.Groups[1].Value, CultureInfo.InvariantCulture), 540, 599);
        Assert.Contains(" MT-PRIORITY=2", $" {sink.Messages.Single(message => message.ReversePath.Length == 0).MailParameters}",
            StringComparison.Ordinal);
        await node.WaitEmptyAsync(Limit);
    }

    private static void Configure(JsonObject json)
    {
        json["Listeners"] = new JsonArray(
            new JsonObject { ["Endpoint"] = "127.0.0.1:0" }, new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "submission" });
        json["Auth"] = new JsonObject { ["PlaintextNetworks"] = new JsonArray("127.0.0.0/8") };
        // The reverse-path tells the messages apart.
        json["Submission"] = new JsonObject { ["CheckSender"] = "none" };
        json["Delivery"] = new JsonObject { ["MaxConnectionsPerSite"] = 1 };
    }

    private static async Task<SmtpClientLite> LoginAsync(PostfleetNode node)
    {
        var client = await SmtpClientLite.ConnectAsync(node.Listeners[1]);
        await client.CommandAsync("EHLO client.test");
        var secret = Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0{User}\0secret"));
        Assert.Equal(235, (await client.CommandAsync($"AUTH PLAIN {secret}")).Code);
        return client;
    }

    private static async Task SendAsync(SmtpClientLite client, string parameters, string to)
    {
        var name = to[..to.IndexOf('@', StringComparison.Ordinal)];
        Assert.Equal(250, (await client.CommandAsync($"MAIL FROM:<{name}@source.test> {parameters}")).Code);
        Assert.Equal(250, (await client.CommandAsync($"RCPT TO:<{to}>")).Code);
        Assert.Equal(354, (await client.CommandAsync("DATA")).Code);
        Assert.Equal(250, (await client.CommandAsync($"Subject: {name}\r\n\r\nhello\r\n.")).Code);
    }

    private static Uri Api(PostfleetNode node, string path) => new($"http://{node.Admin}/api/v1/{path}");

    private async Task OrderAsync(PostfleetNode node, object order) => await Eventually.True(
        async () =>
        {
            using var answer = await _http.PostAsJsonAsync(Api(node, "actions"), order);
            return answer.IsSuccessStatusCode;
        },
        Limit, () => "the owner of the actions does not answer");

    [GeneratedRegex("MT-PRIORITY=(-?[0-9])")]
    private static partial Regex Priority();

    [GeneratedRegex(" BY=([0-9]+);N")]
    private static partial Regex By();
}
