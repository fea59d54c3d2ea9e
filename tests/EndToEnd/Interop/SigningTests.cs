using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>A real node signs mail of all ways in, and dkimpy verifies the signatures.</summary>
public sealed class SigningTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Mail_by_SMTP_and_by_the_API_and_delivery_reports_are_signed()
    {
        using var folder = new TempFolder("signing");
        var records = new Dictionary<string, string>
        {
            ["r1._domainkey.source.test"] = MakeRsa(folder["rsa"]),
            ["e1._domainkey.source.test"] = MakeEd25519(folder["ed"]),
            ["n1._domainkey.node.test"] = MakeRsa(folder["node"]),
        };
        await using var sink = new SmtpSink(new SinkOptions
        {
            KeepContent = true,
            Script = step => step.Stage == SinkStage.Recipient && step.Line.Contains("nobody@", StringComparison.Ordinal)
                ? SinkAction.Reply("550 5.1.1 no such user") : SinkAction.Accept,
        });
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", $"smtp://{sink.EndPoint}")],
            Configure = json =>
            {
                json["Node"]!["Hostname"] = "node.test";
                json["Dkim"] = new JsonArray(
                    Key("source.test", "r1", folder["rsa"]), Key("source.test", "e1", folder["ed"]),
                    Key("node.test", "n1", folder["node"]));
            },
        });
        await node.StartAsync();
        await FaultNode.SendAsync(node, "<smtp@x>", "joe@source.test", ["ann@there.test", "nobody@there.test"]);
        await FaultNode.SendAsync(node, "<other@x>", "joe@elsewhere.test", ["ann@there.test"]);
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(
            new Uri($"http://{node.Admin}/api/v1/messages"),
            new { from = "joe@source.test", recipients = new[] { "api@there.test" }, headers = new { Subject = "api" }, text = "x" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        await sink.WaitForAsync(4, Limit);
        foreach (var message in sink.Messages)
        {
            var name = message switch
            {
                { ReversePath: "" } => "report",
                { ReversePath: "joe@elsewhere.test" } => "other",
                { Recipients: ["api@there.test"] } => "api",
                _ => "smtp",
            };
            await File.WriteAllBytesAsync(folder[$"{name}.eml"], message.Content!);
        }

        await File.WriteAllTextAsync(folder["records.json"], JsonSerializer.Serialize(records));
        var script = Path.Combine(AppContext.BaseDirectory, "Interop", "verify_dkim.py");
        var lines = await ProcessHost.RunAsync(new ProcessSpec("/usr/bin/python3", [script, folder.FullPath]));
        Assert.Equal(["api True True", "other", "report True", "smtp True True"], lines);
    }

    private static JsonObject Key(string domain, string selector, string file) =>
        new() { ["Domain"] = domain, ["Selector"] = selector, ["Key"] = file };

    private static string MakeRsa(string file)
    {
        using var key = RSA.Create(2048);
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return $"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}";
    }

    private static string MakeEd25519(string file)
    {
        // The first test vector of RFC 8032 section 7.1, which RFC 8463 uses, too.
        File.WriteAllText(file, "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
        return "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    }
}
