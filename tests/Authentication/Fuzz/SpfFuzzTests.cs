using System.Net;
using System.Text;
using CsCheck;
using Postfleet.Authentication.Spf;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Fuzz;

/// <summary>
/// Arbitrary records: every check has a result, without exceptions, with a bounded number of lookups, and with text that is printable.
/// </summary>
public sealed class SpfFuzzTests(ITestOutputHelper output)
{
    // A record, 10 terms with at most 10 hosts or records each, 10 names of the client, an explanation.
    private const int MaxLookups = 1 + 10 * 11 + 2 * 11 + 1;

    private static readonly string[] Terms =
    [
        " ", "v=spf1 ", "all", "-", "~", "?", "+", "include:", "a", "mx", "ptr", "ip4:", "ip6:", "exists:", "redirect=", "exp=", ":", "/",
        "//",
        "32", "128", "0", "192.0.2.1", "::1", "%{", "}", "%%", "%_", "%-", "s", "l", "o", "d", "i", "p", "v", "h", "c", "r", "t", "1", "99",
        ".", ",", "example.org", "other.example", ".com", "=", "\u00ff", "\t", "x",
    ];

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Spf");

    [Fact]
    public async Task Any_record_gets_a_result_with_bounded_lookups()
    {
        var fuzzer = new Fuzzer(Folder, Terms);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), async input =>
        {
            var outcome = await CheckAsync(Encoding.Latin1.GetString(input));
            return $"{outcome.Result} {outcome.Lookups} {outcome.Problem?.Split('\'')[0]}";
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    [Fact]
    public async Task Records_of_random_terms_get_a_result() =>
        await Gen.Int[0, Terms.Length - 1].Array[1, 60].SampleAsync(
            async terms => (await CheckAsync("v=spf1 " + string.Concat(terms.Select(term => Terms[term])))).Lookups <= 10, iter: 3_000);

    private static async Task<SpfOutcome> CheckAsync(string record)
    {
        var zone = new ZoneDns().Text("example.org", record).Address("example.org", "192.0.2.2", "2001:db8::2")
            .Mx("example.org", [.. Enumerable.Range(0, 10).Select(i => $"mx{i}.example.org")])
            .Text("other.example", "v=spf1 include:example.org mx:example.org ?all").Text("why.example.org", record)
            .Pointer("192.0.2.9", "example.org", "a.example.org", "b.other.example").Address("a.example.org", "192.0.2.9");
        var request = new SpfRequest(IPAddress.Parse("192.0.2.9"), "client.example", "user.name+x@example.org", "receiver.example");
        var outcome = await new SpfEvaluator(zone).CheckAsync(request, DateTimeOffset.UnixEpoch, CancellationToken.None);
        Assert.InRange(zone.Queries.Count, 1, MaxLookups);
        Assert.All(
            $"{outcome.Mechanism}{outcome.Problem}{outcome.Explanation}{outcome.Domain}", c => Assert.InRange(c, ' ', '~'));
        Assert.All(ReceivedSpf.Write(outcome, request).Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        return outcome;
    }
}
