using System.Diagnostics;
using System.Text;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Fuzz;

/// <summary>
/// Arbitrary messages, key records and fields of results: no evaluator throws, each ends within time and memory in proportion to its input,
/// and no signature passes that is not in the corpus.
/// </summary>
public sealed class MessageFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "\r\n", "\n", "\r\n ", ":", ";", "=", "\0", "\u00ff", "DKIM-Signature:", "ARC-Seal:", "ARC-Message-Signature:",
        "ARC-Authentication-Results:", "Authentication-Results:", "From:", "From: a@example.org\r\n", "i=1", "i=50", "i=51", "cv=none",
        "cv=pass",
        "cv=fail", "v=1", "a=rsa-sha256", "a=ed25519-sha256", "a=rsa-sha1", "b=", "bh=", "l=0", "l=1", "l=9223372036854775807", "x=1",
        "t=1",
        "c=simple/relaxed", "c=relaxed/simple", "h=", "h=from:from:to", "d=example.org", "s=rsa", "s=ed", "q=dns/txt", "p=", "k=rsa",
        "k=ed25519",
        "t=s", "t=y", "(", ")", "\"", "\\", "<", ">", "@", ",", "dkim=pass", "header.d=", "reason=", "mx.example.org", "none",
    ];

    // The key records of the corpus.
    private static readonly ZoneDns Keys = new ZoneDns()
        .Text("rsa._domainkey.example.org", File.ReadAllText(Path.Combine(Folder("Keys"), "rsa.txt")))
        .Text("ed._domainkey.example.org", File.ReadAllText(Path.Combine(Folder("Keys"), "ed25519.txt")));

    private static readonly string[] Signatures =
    [
        .. Directory.GetFiles(Folder("Messages")).Select(file => MessageHeader.Read(File.ReadAllBytes(file)))
            .SelectMany(header => header.Named("DKIM-Signature"), (header, field) => DkimSignature.Read(header, field, SignatureKind.Dkim))
            .Where(signature => signature.Error is null).Select(signature => signature.SignatureText![..8]),
    ];

    [Fact]
    public async Task Any_message_gets_its_results()
    {
        var fuzzer = new Fuzzer(Folder("Messages"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(2)), RunMessageAsync);
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} messages, {fuzzer.Kept} kept");
    }

    [Fact]
    public async Task Any_key_record_gets_a_result()
    {
        var signed = File.ReadAllBytes(Path.Combine(Folder("Messages"), "rsa.eml"));
        var header = MessageHeader.Read(signed);
        var fuzzer = new Fuzzer(Folder("Keys"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), async input =>
        {
            var keys = new ZoneDns().Text("rsa._domainkey.example.org", Encoding.Latin1.GetString(input));
            var result = (await DkimVerifier.VerifyAsync(header, keys, TestMessages.Now, 10, default)).Single();
            return $"{result.Status} {result.Reason} {result.KeyBits / 100}";
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} records, {fuzzer.Kept} kept");
    }

    /// <summary>Without this, the fuzzing would not reach the last steps.</summary>
    [Fact]
    public async Task Messages_of_the_corpus_pass()
    {
        foreach (var (file, seen) in new[] { ("rsa.eml", "Pass  None"), ("ed25519.eml", "Pass  None"), ("arc.eml", "Pass  Pass") })
            Assert.StartsWith(
                seen, await RunMessageAsync(File.ReadAllBytes(Path.Combine(Folder("Messages"), file))), StringComparison.Ordinal);
    }

    private static async Task<string> RunMessageAsync(byte[] input)
    {
        var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        var header = MessageHeader.Read(TestMessages.Split(input, 1 + input.Length / 3));
        var dkim = await DkimVerifier.VerifyAsync(header, Keys, TestMessages.Now, 10, default);
        Assert.All(dkim.Where(result => result.Status == DkimStatus.Pass), result => Assert.Contains(result.SignatureStart, Signatures));
        var arc = await ArcVerifier.VerifyAsync(header, Keys, TestMessages.Now, default);
        var authors = AuthorDomains.Read(header);
        var written = AuthenticationResultsWriter.Write(
            "mx.example.org", [.. dkim.Select(result => result.ToMethodResult()), arc.ToMethodResult()]);
        Assert.True(AuthenticationResults.TryParse(written[23..].Replace("\r\n", "", StringComparison.Ordinal), out _), written);
        Assert.Equal(dkim.Length + 1, written.Split(";\r\n").Length - 1);
        var results = 0;
        foreach (var field in header.Named("Authentication-Results"))
        {
            if (AuthenticationResults.TryParse(header.Text(field), out var read)) results += 1 + read.Results.Length;
        }

        var cleaned = ForgedResults.Remove(new Core.Mail.MessageContent(input), "mx.example.org", out var removed)!;
        Assert.Equal(removed == 0, cleaned.Length == input.Length);
        ForgedResults.Remove(cleaned, "mx.example.org", out var left);
        Assert.Equal(0, left);
        // All lookups have their answers, so that no other thread takes part.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000_000);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        return $"{string.Join(',', dkim.Select(result => $"{result.Status} {result.Reason}"))} {arc.Status} {arc.Reason} "
            + $"{authors.Domains.Length} {authors.IsReadable} {header.HasMalformedLines} {results} {removed}";
    }

    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", name);
}
