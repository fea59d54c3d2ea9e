using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>
/// OpenDKIM as a peer, in its test mode: the messages of mail-auth, odd messages in all forms, changed ones, and signatures with unusual or
/// invalid tags and keys. Each signature on whose result both disagree is listed with the reason.
/// </summary>
public sealed class OpenDkimTests(ITestOutputHelper output)
{
    private const string Tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:to:subject:date; bh=BH; b=B";

    // By the begin of the name of a message: why one passes in one program alone.
    private static readonly (string Name, string Reason)[] Disagreements =
    [
        ("mail-auth 002", "OpenDKIM reads no keys in the form RSAPublicKey, which RFC 6376 allows (section 3.6.1, erratum 3017)"),
        ("rsa-sha256 simple-", Spaces), ("ed25519-sha256 simple-", Spaces), ("rsa-sha256 relaxed-relaxed 37", NoEnd),
        ("ed25519-sha256 relaxed-relaxed 37", NoEnd),
        ("d=example.org as d=example.org; d=example.org", "OpenDKIM allows repeated tags, RFC 6376 does not (section 3.2)"),
        ("d=example.org as d=example.org; t=1", "OpenDKIM says that the time is in the future"),
        ("key k=rsa; v=DKIM1", "OpenDKIM allows v= behind other tags, RFC 6376 does not (section 3.6.1)"),
    ];

    private const string Spaces =
        "the test mode of OpenDKIM shows fields as milters get them, without all white space behind the colon, which the simple form signs";

    private const string NoEnd = "the test mode of OpenDKIM reads no message without a line end at its end";

    private static readonly (string From, string To)[] Changes =
    [
        ("v=1", "v=2"), ("v=1; ", ""), ("a=rsa-sha256", "a=rsa-sha512"), ("d=example.org", "d=EXAMPLE.org"), ("s=sel", "s=other"),
        ("c=relaxed/relaxed", "c=relaxed/nowsp"), ("c=relaxed/relaxed; ", ""), ("c=relaxed/relaxed", "c=relaxed"),
        ("c=relaxed/relaxed", "c=simple"), ("h=from:to:subject:date; ", ""), ("from:to", "from : to"), ("bh=BH", "bh=YWJj"),
        ("bh=BH", "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), ("b=B", "b="), ("b=B", "b=YWJj"),
        ("d=example.org", "d=example.org; d=example.org"), ("d=example.org", "d=example.org; unknown=x"),
        ("d=example.org", "d=example.org; i=@example.org"), ("d=example.org", "d=example.org; i=joe=20x@sub.example.org"),
        ("d=example.org", "d=example.org; i=joe@example.net"), ("d=example.org", "d=example.org; i=joe@badexample.org"),
        ("d=example.org", "d=example.org; q=dns/txt"), ("d=example.org", "d=example.org; q=http"),
        ("d=example.org", "d=example.org; t=1"), ("d=example.org", "d=example.org; t=2; x=1"),
        ("d=example.org", "d=example.org; x=1796047199"), ("d=example.org", "d=example.org; x=99999999999"),
        ("d=example.org", "d=example.org; l=-1"), ("d=example.org", "d=example.org; l=1000"),
    ];

    private static readonly string[] Records =
    [
        "p=KEY", "v=DKIM1; k=rsa; h=sha1 : sha256; s=email; t=; n=notes; p=KEY;", "v=DKIM1;s=tlsrpt:*;p=KEY", "k=rsa; v=DKIM1; p=KEY",
        "v=DKIM2; p=KEY", "v=DKIM1; p=", "v=DKIM1; k=rsa", "v=DKIM1; k=dsa; p=KEY", "v=DKIM1; h=sha1; p=KEY", "v=DKIM1; s=tlsrpt; p=KEY",
        "v=DKIM1; p=YWJj", "v=DKIM1; t=s; p=KEY", "v=DKIM1; t=y; p=KEY",
    ];

    [Fact]
    public async Task Results_agree()
    {
        var (agreed, refused, listed, wrong) = (0, 0, new HashSet<string>(), new List<string>());
        foreach (var corpus in (Corpus[])
            [Corpus.OfMailAuth(), Matrix("rsa-sha256"), Matrix("ed25519-sha256"), Unusual(), .. Records.Select(WithRecord)])
        {
            var theirs = await OpenDkim.VerifyAsync(
                corpus.Messages.Select(message => (message.Name, TestMessages.Octets(message.Text))), corpus.Keys);
            foreach (var (name, text) in corpus.Messages)
            {
                var ours = await DkimVerifier.VerifyAsync(
                    MessageHeader.Read(TestMessages.Octets(text)), corpus.Zone(), DateTimeOffset.UtcNow, 10, default);
                var (mine, other) = (string.Join(',', ours.Select(WordOf)), string.Join(',', theirs[name]));
                if (mine == other) agreed++;
                else if (!mine.Contains("pass", StringComparison.Ordinal) && !other.Contains("pass", StringComparison.Ordinal)) refused++;
                else if (Array.Exists(Disagreements, one => name.StartsWith(one.Name, StringComparison.Ordinal))) listed.Add(name);
                else wrong.Add($"{name}: {mine} ({string.Join(',', ours.Select(one => one.Reason))}), OpenDKIM {other}");
            }
        }

        output.WriteLine(
            $"{agreed} of {agreed + refused + listed.Count + wrong.Count} messages have the results of OpenDKIM, {refused} pass in neither "
            + $"with another word, {listed.Count} pass in one alone:");
        foreach (var (name, reason) in Disagreements)
        {
            var count = listed.Count(message => message.StartsWith(name, StringComparison.Ordinal));
            output.WriteLine($"  {name} ({count}): {reason}");
            Assert.True(count > 0, $"no disagreement about {name} any more");
        }

        Assert.Empty(wrong);
    }

    private static string WordOf(DkimResult result) => result.Status.ToString().ToLowerInvariant();

    private static Corpus Matrix(string algorithm)
    {
        var cases = PeerMatrix.Cases().Where(one => one.Key.Name == algorithm).ToArray();
        var messages = cases.SelectMany((one, i) =>
        {
            var name = $"{algorithm} {one.Header}-{one.Form} {i}";
            var signed = PeerMatrix.Sign(one.Header, one.Form, one.Key.Key, one.Body);
            return new[] { (name, signed), ($"{name} changed", signed.Replace("Tim <", "Tom <", StringComparison.Ordinal)) };
        });
        return new Corpus([.. messages], [(PeerMatrix.KeyName, cases[0].Key.Key.Record)]);
    }

    private static Corpus Unusual() => new(
        [
            .. Changes.Select(change => (
                $"{change.From} as {change.To}",
                RawSigner.Sign(TestMessages.Simple, Tags.Replace(change.From, change.To, StringComparison.Ordinal), TestMessages.Rsa))),
        ],
        [(PeerMatrix.KeyName, TestMessages.Rsa.Record)]);

    private static Corpus WithRecord(string record) => new(
        [($"key {record}", RawSigner.Sign(
            TestMessages.Simple, Tags.Replace("d=", "i=@sub.example.org; d=", StringComparison.Ordinal), TestMessages.Rsa))],
        [(PeerMatrix.KeyName, record.Replace("KEY", TestMessages.Rsa.Record.Split("p=")[1], StringComparison.Ordinal))]);

    private sealed record Corpus(IReadOnlyList<(string Name, string Text)> Messages, IReadOnlyList<(string Name, string Record)> Keys)
    {
        public static Corpus OfMailAuth()
        {
            var (messages, keys) = (new List<(string, string)>(), new List<(string, string)>());
            foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Dkim", "MailAuth"), "*.txt").Order())
            {
                var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
                var end = text.IndexOf("\n\n", StringComparison.Ordinal);
                keys.AddRange(text[..end].Split('\n').Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1])));
                messages.Add((
                    $"mail-auth {Path.GetFileNameWithoutExtension(file)}",
                    text[(end + 2)..].Replace("\n", "\r\n", StringComparison.Ordinal)));
            }

            return new Corpus(messages, keys);
        }

        public ZoneDns Zone()
        {
            var zone = new ZoneDns();
            foreach (var (name, record) in Keys) zone.Text(name, record);
            return zone;
        }
    }
}
