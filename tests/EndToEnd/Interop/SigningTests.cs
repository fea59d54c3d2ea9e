using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>
/// A real node signs mail of all ways in with both algorithms. dkimpy, OpenDKIM, Mail::DKIM and Rspamd verify the signatures, over every
/// message of the corpus.
/// </summary>
public sealed class SigningTests(ITestOutputHelper output)
{
    private const string Reporter = "node.test";

    // dkimpy reads no field with white space before its colon (RFC 5322 section 4.5.8), and so nothing of a message with one.
    private const string UnreadByDkimPy = "c-forged@";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Signatures_of_all_messages_of_the_corpus_pass_in_all_verifiers()
    {
        using var folder = new TempFolder("signing");
        var corpus = SignedCorpus.Read();
        var (rsa, ed) = (MakeRsa(folder["rsa"]), MakeEd25519(folder["ed"]));
        string[] domains = [.. corpus.SelectMany(one => SignedCorpus.DomainsOf(one.Content)).Append(Reporter).Distinct()];
        (string Name, string Record)[] records =
            [.. domains.SelectMany(domain => new[] { ($"own-r._domainkey.{domain}", rsa), ($"own-e._domainkey.{domain}", ed) })];
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
                json["Node"]!["Hostname"] = Reporter;
                json["Dkim"] = new JsonArray([.. domains.SelectMany(domain =>
                    new[] { Key(domain, "own-r", folder["rsa"]), Key(domain, "own-e", folder["ed"]) })]);
            },
        });
        await node.StartAsync();
        var bySmtp = await SendAsync(node, corpus);
        var byApi = await PostAsync(node, corpus);

        // Each message by SMTP is reported, too.
        await sink.WaitForAsync(2 * bySmtp + byApi, Limit);
        (string Name, byte[] Content)[] arrived = [.. sink.Messages.Select((message, index) => (
            $"{index} {(message.ReversePath.Length == 0 ? "report" : string.Join(',', message.Recipients))}", message.Content!))];
        await VerifyAsync(arrived, records);
        output.WriteLine($"{bySmtp} messages by SMTP, {bySmtp} reports and {byApi} messages by the API have been verified");
        Assert.Equal(bySmtp, arrived.Count(one => one.Name.EndsWith("report", StringComparison.Ordinal)));
    }

    private static async Task VerifyAsync((string Name, byte[] Content)[] messages, (string Name, string Record)[] records)
    {
        var keys = records.ToDictionary(record => record.Name, record => record.Record);
        object[] requests = [.. messages.Select(one => new
        {
            op = "verify-first",
            message = Convert.ToBase64String(one.Content),
            count = SignedCorpus.SignaturesOf(one.Content).Count,
            keys,
        })];
        var byPython = await DkimPeer.RunAsync(DkimPeer.DkimPy, requests);
        var byPerl = await DkimPeer.RunAsync(DkimPeer.MailDkim, requests);
        var byOpenDkim = await OpenDkim.VerifyAsync(messages, records);
        await using var dns = await Dnsmasq.StartAsync(records.Aggregate(new DnsRecords(), (all, one) => all.Text(one.Name, one.Record)));
        await using var rspamd = await Rspamd.StartAsync(dns.EndPoint);
        List<string> wrong = [];
        foreach (var (index, (name, content)) in messages.Index())
        {
            var own = SignedCorpus.SignaturesOf(content);
            if (own.Count < 2) wrong.Add($"{name}: signed by {string.Join(' ', own)}");
            Check("dkimpy", [.. byPython[index]!.AsArray().Select(one => (string)one!)]);
            // Debian's Mail::DKIM has no Ed25519.
            Check("Mail::DKIM", [.. ((string)byPerl[index]!).Split(',').Select((word, place) =>
                place < own.Count && own[place].EndsWith("own-e", StringComparison.Ordinal) && word == "invalid" ? "pass" : word)]);
            Check("OpenDKIM", byOpenDkim[name]);
            var passed = await rspamd.VerifyAsync(content);
            Check("Rspamd", [.. own.Select(one => passed.Contains(one) ? "pass" : $"no {one}")]);

            void Check(string verifier, IReadOnlyList<string> results)
            {
                var first = results.Take(own.Count).ToArray();
                var isUnread = verifier == "dkimpy" && name.Contains(UnreadByDkimPy, StringComparison.Ordinal);
                if (first.Length != own.Count || first.Any(word => isUnread ? word == "pass" : word != "pass"))
                    wrong.Add($"{name}: {verifier} says {string.Join(',', results)} to {string.Join(',', own)}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static async Task<int> SendAsync(PostfleetNode node, IReadOnlyList<(string Name, byte[] Content)> corpus)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        Assert.True((await client.CommandAsync("EHLO test")).IsPositive);
        foreach (var (name, content) in corpus)
        {
            var eightBit = content.AsSpan().ContainsAnyInRange((byte)0x80, (byte)0xff) ? " BODY=8BITMIME" : "";
            var reply = await client.SendMessageAsync(
                "joe@source.test", [$"{name}@there.test", "nobody@there.test"], content, $"RET=FULL{eightBit}");
            Assert.True(reply.Code == 250, $"{name}: {reply}");
        }

        return corpus.Count;
    }

    private static async Task<int> PostAsync(PostfleetNode node, IReadOnlyList<(string Name, byte[] Content)> corpus)
    {
        using var http = new HttpClient();
        var count = 0;
        foreach (var (name, content) in corpus)
        {
            // UTF-8 in the header would need a destination with SMTPUTF8.
            var raw = Encoding.Latin1.GetString(content).Replace("X-Eight: caf\u00e9 \u00fc", "X-Eight: cafe u", StringComparison.Ordinal);
            // The API has no longer lines.
            if (raw.Split("\r\n").Any(line => Encoding.UTF8.GetByteCount(line) > 998)) continue;
            using var answer = await http.PostAsJsonAsync(
                new Uri($"http://{node.Admin}/api/v1/messages"),
                new { from = "joe@source.test", recipients = new[] { $"{name}@api.test" }, raw });
            Assert.True(answer.IsSuccessStatusCode, $"{name}: {await answer.Content.ReadAsStringAsync()}");
            count++;
        }

        return count;
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
