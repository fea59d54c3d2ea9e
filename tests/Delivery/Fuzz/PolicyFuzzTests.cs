using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Security;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Delivery.Tests.Fuzz;

/// <summary>Arbitrary policies and records: no exception, bounds hold, and what was read is read again from the stored form.</summary>
public sealed class PolicyFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "version: STSv1\n", "mode: enforce\n", "mode: testing\n", "mode: none\n", "mx: *.example.com\n", "mx: ", "*.", "*", ".", ":",
        "\r\n", "\n", "max_age: 86400\n", "max_age: ", "-1", "0", "31557600", "99999999999", "\u00e4", "xn--", "[192.0.2.1]", "\0", " ",
        "\t", "v=STSv1", ";", "id=", "=", "20160831085700Z",
    ];

    [Fact]
    public async Task Arbitrary_texts_are_policies_or_not()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Policies"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(2)), input => Task.FromResult(Observe(Encoding.UTF8.GetString(input))));
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    private static string Observe(string text)
    {
        var id = StsRecord.FindId([text]);
        if (id is not null) Assert.Matches("^[A-Za-z0-9]{1,32}$", id);
        if (!StsPolicyParser.TryParse(text, out var policy, out var problem)) return $"{problem} {id is null}";
        Assert.InRange(policy.MaxAge, TimeSpan.Zero, StsPolicyParser.MaxMaxAge);
        Assert.InRange(policy.Patterns.Length, policy.Mode == StsMode.None ? 0 : 1, StsPolicyParser.MaxPatterns);
        foreach (var pattern in policy.Patterns)
        {
            var name = pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[2..] : pattern;
            Assert.True(DomainName.TryParse(name, out var domain) && domain.Value == name, pattern);
            Assert.Equal(pattern == name, policy with { Patterns = [pattern] } is var alone && alone.Allows(name));
            Assert.False((policy with { Patterns = [pattern] }).Allows($"a.b.{name}"));
        }

        var written = policy.Write();
        Assert.True(StsPolicyParser.TryParse(written, out var again, out problem), problem);
        Assert.Equal(written, again.Write());
        Assert.Equal(policy.Patterns.ToArray(), again.Patterns.ToArray());
        return $"{policy.Mode} {policy.Patterns.Length}";
    }
}
