using System.Text;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>The life of a key in storage, by the command line: made, killed, published, used, retired. Nothing leaves unsigned.</summary>
public sealed class SigningKeyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    // Both wait for looks at the DNS, so they run side by side.
    [Fact]
    public Task A_key_survives_a_kill_signs_once_it_is_published_and_stops_when_it_is_retired() =>
        Task.WhenAll(RunAsync(Engine.Sqlite, "ed25519"), RunAsync(Engine.Postgres, "rsa"));

    private static async Task RunAsync(Engine engine, string algorithm)
    {
        using var folder = new TempFolder("keys");
        await File.WriteAllTextAsync(folder["secret"], "a secret of at least thirty-two characters\n");
        await using var dns = await Dnsmasq.StartAsync(new DnsRecords());
        await using var sink = new SmtpSink(new SinkOptions { KeepContent = true });
        await using var node = new PostfleetNode(await engine.SpecAsync() with
        {
            Routes = [("*", $"smtp://{sink.EndPoint}")],
            DnsServers = [dns.EndPoint.ToString()],
            Configure = json => json["Signing"] = new JsonObject
            {
                ["Required"] = new JsonArray(new JsonObject { ["Domain"] = "source.test" }),
                ["SecretFile"] = folder["secret"],
                ["PublishedFor"] = "0s",
            },
        });
        await node.StartAsync();
        var made = await RunAsync(node, "new", "source.test", "--selector", "s1", "--algorithm", algorithm, "--json");
        var texts = made["recordTexts"]!.AsArray().Select(text => (string)text!).ToArray();
        Assert.Equal(algorithm == "rsa" ? 2 : 1, texts.Length);
        await node.KillAsync();
        await node.StartAsync();
        Assert.Equal("waiting", (string?)(await RunAsync(node, "show", "source.test", "--selector", "s1", "--json"))["state"]);
        Assert.Equal(451, await SendAsync(node));

        await dns.ReplaceAsync(new DnsRecords().Text("s1._domainkey.source.test", string.Concat(texts)));
        await Eventually.True(
            async () => (string?)(await RunAsync(node, "show", "source.test", "--selector", "s1", "--json"))["state"] == "active",
            Limit, "the record is seen");
        await Eventually.True(async () => await SendAsync(node) == 250, Limit, "the key signs");
        await sink.WaitForAsync(1, Limit);
        await using (var rspamd = await Rspamd.StartAsync(dns.EndPoint))
        {
            foreach (var message in sink.Messages)
                Assert.Equal(["source.test:s=s1"], await rspamd.VerifyAsync(message.Content!));
        }

        await RunAsync(node, "retire", "source.test", "--selector", "s1", "--json");
        await Eventually.True(async () => await SendAsync(node) == 451, TimeSpan.FromSeconds(10), "the key signs nothing any more");
        foreach (var message in sink.Messages)
            Assert.Contains(" s=s1;", Encoding.ASCII.GetString(message.Content!), StringComparison.Ordinal);
    }

    private static async Task<int> SendAsync(PostfleetNode node)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO test");
        var content = "From: <joe@source.test>\r\nSubject: keys\r\n\r\nbody\r\n"u8.ToArray();
        return (await client.SendMessageAsync("joe@source.test", ["ann@there.test"], content)).Code;
    }

    private static async Task<JsonNode> RunAsync(PostfleetNode node, params string[] arguments)
    {
        var lines = await ProcessHost.RunAsync(
            new ProcessSpec("dotnet", [Repository.Program, "dkim", .. arguments, "--endpoint", $"{node.Admin}"]));
        return JsonNode.Parse(string.Join('\n', lines))!;
    }
}
