using System.Text;
using CsCheck;
using Postfleet.Authentication.Dmarc;
using Postfleet.Core.Mail;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Fuzz;

/// <summary>Arbitrary policy records: every message gets a result, without exceptions, with a bounded number of lookups.</summary>
public sealed class DmarcFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "v=DMARC1", ";", "=", " ", "p=", "sp=", "np=",
        "reject", "quarantine", "none", "t=y", "psd=", "y", "n", "u", "adkim=s", "aspf=s",
        "rua=",
        "mailto:", "!", ",", "fo=", "0", "1", ":d", "\u00ff", "\0", "http://[::1", "x",
    ];

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Dmarc");

    [Fact]
    public async Task Any_record_gets_a_result()
    {
        var fuzzer = new Fuzzer(Folder, Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), async input =>
        {
            var evaluation = await EvaluateAsync(Encoding.Latin1.GetString(input));
            var author = evaluation.Authors[0];
            return $"{evaluation.Result} {evaluation.Policy} {author.PolicyTag} {author.OrganizationalDomain}";
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    [Fact]
    public async Task Records_of_random_words_get_a_result() =>
        await Gen.Int[0, Words.Length - 1].Array[0, 40].SampleAsync(
            async words => (await EvaluateAsync("v=DMARC1;" + string.Concat(words.Select(word => Words[word])))).Authors.Count == 1,
            iter: 2_000);

    private static async Task<DmarcEvaluation> EvaluateAsync(string record)
    {
        var zone = new ZoneDns().Text("_dmarc.example.org", record).Text("_dmarc.b.example.org", record).Text("_dmarc.org", record);
        Assert.True(DomainName.TryParse("a.b.example.org", out var author));
        var request = new DmarcRequest(
            [author], true, new DmarcIdentifier("x.example.org", true),
                [new DmarcIdentifier("\0..", true), new DmarcIdentifier("b.example.org", true)]);
        var evaluation = await new DmarcEvaluator(zone).EvaluateAsync(request, CancellationToken.None);
        Assert.InRange(zone.Queries.Count, 1, 3 * 8 + 1);
        Assert.All(evaluation.Reason, c => Assert.InRange(c, ' ', '~'));
        return evaluation;
    }
}
