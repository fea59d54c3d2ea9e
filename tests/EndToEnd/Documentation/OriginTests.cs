using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Documentation;

/// <summary>
/// The fields that docs/inbound.md shows for mail of every origin are those of a running node. With POSTFLEET_WRITE_ORIGINS=1, the page is
/// written.
/// </summary>
public sealed partial class OriginTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly (string Name, string Sender, string Client)[] Origins =
    [
        ("aligned", "news@example.com", "192.0.2.10"),
        ("forwarded", "joe@example.com", "203.0.113.20"),
        ("forged", "boss@example.com", "203.0.113.66"),
        ("list", "talk-bounces@lists.example.org", "198.51.100.30"),
        ("list-author", "talk-bounces@lists.example.org", "198.51.100.30"),
        ("no-policy", "bob@nothing.example", "203.0.113.40"),
        ("trouble", "eve@trouble.example", "203.0.113.50"),
    ];

    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "EndToEnd", "Documentation", "Origins");

    private static bool IsWriting => Environment.GetEnvironmentVariable("POSTFLEET_WRITE_ORIGINS") == "1";

    [Fact]
    public async Task The_page_shows_the_fields_of_a_node()
    {
        using var dns = NewDns();
        await using var node = new PostfleetNode(new NodeSpec
        {
            DnsServers = [$"{dns.EndPoint}"],
            Configure = json =>
            {
                json["Listeners"]!.AsArray().Add(
                    new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "inbound", ["ProxyProtocol"] = true });
                json["Smtp"] = new JsonObject { ["TrustedProxies"] = new JsonArray("127.0.0.0/8"), ["GreetingDelay"] = "0s" };
                json["Inbound"] = new JsonObject
                {
                    ["Domains"] = new JsonArray("example.org"),
                    ["AuthservId"] = "mx.example.org",
                    ["TrustedSealers"] = new JsonArray("forwarder.example.net"),
                };
            },
        });
        await node.StartAsync();
        foreach (var (name, sender, client) in Origins)
        {
            await PostfixTools.SwaksAsync(
                node.Listeners[1], $"{name}@example.org", "--from", sender, "--helo", "mail.example.com", "--data",
                $"@{Path.Combine(Folder, $"{name}.eml")}", "--proxy-version", "1", "--proxy-family", "TCP4", "--proxy-source", client,
                "--proxy-source-port", "40000", "--proxy-dest", "192.0.2.25", "--proxy-dest-port", "25");
        }

        IReadOnlyList<JsonNode> captured = [];
        await Eventually.True(async () =>
        {
            captured = [.. (await node.CapturedAsync())["messages"]!.AsArray().Select(message => message!)];
            return captured.Count == Origins.Length;
        }, Limit, "all messages are captured");
        var path = Path.Combine(Repository.Root, "docs", "inbound.md");
        var page = await File.ReadAllTextAsync(path);
        foreach (var message in captured)
        {
            var name = message["recipients"]!.AsArray().Single()!.GetValue<string>().Split('@')[0];
            var content = Encoding.Latin1.GetString(await node.CapturedAsync(message["id"]!.GetValue<string>()));
            var shown = new Regex($"<!-- {name} -->\n```\n(.*?)```\n", RegexOptions.Singleline);
            var fields = string.Concat(Field().Matches(content).Select(match => match.Value)).ReplaceLineEndings("\n");
            if (IsWriting) page = shown.Replace(page, _ => $"<!-- {name} -->\n```\n{fields}```\n");
            Assert.Equal(fields, shown.Match(page).Groups[1].Value);
        }

        if (IsWriting) await File.WriteAllTextAsync(path, page);
    }

    // Names in the zone have their record, others do not exist, and the servers of one domain fail.
    private static DnsResponder NewDns()
    {
        var zone = File.ReadAllLines(Path.Combine(Folder, "zone.txt")).Select(line => line.Split(' ', 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        return new DnsResponder(query =>
        {
            const int Text = 16;
            var name = query.Name.TrimEnd('.');
            if (name.EndsWith("trouble.example", StringComparison.OrdinalIgnoreCase)) return [query.Reply([], code: 2)];
            if (!zone.TryGetValue(name, out var record)) return [query.Reply([], code: 3)];
            return [query.Reply(query.Type != Text ? [] : [DnsQuery.Text([.. record.Chunk(250).Select(piece => new string(piece))])])];
        });
    }

    [GeneratedRegex(@"^(?:Authentication-Results: mx\.|X-Postfleet-Quarantine:)[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", RegexOptions.Multiline)]
    private static partial Regex Field();
}
