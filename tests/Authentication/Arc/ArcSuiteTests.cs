using System.Text;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Arc;

/// <summary>The ARC test suite of ValiMail: 171 tests of validation and 17 of signing, over messages with LF and with CRLF.</summary>
public sealed class ArcSuiteTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Chains_have_their_status(string lineEnd)
    {
        var (count, wrong) = (0, new List<string>());
        foreach (var scenario in ArcSuite.Read("arc-draft-validation-tests.yml"))
        {
            var keys = Keys(scenario);
            foreach (var (name, test) in scenario.Tests)
            {
                var result = await ArcVerifier.VerifyAsync(Header(test["message"], lineEnd), keys, TestMessages.Now, default);
                // The suite leaves the status of three chains that were marked as failed open; RFC 8617 section 5.2 says fail.
                var expected = test["cv"] is { Length: > 0 } status ? status : "Fail";
                count++;
                if (result.Status.ToString() != expected) wrong.Add($"{name}: {result.Status}, {result.Reason}; expected {expected}");
                Assert.Equal(result.Status == ArcStatus.Fail, result.Reason.Length > 0);
                Assert.Equal(result.Status == ArcStatus.Pass, result.Sets.Length > 0);
            }
        }

        output.WriteLine($"ARC validation: {count - wrong.Count} of {count}");
        Assert.Empty(wrong);
        Assert.Equal(171, count);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Seals_are_those_of_the_suite(string lineEnd)
    {
        var (count, wrong) = (0, new List<string>());
        foreach (var scenario in ArcSuite.Read("arc-draft-sign-tests.yml"))
        {
            var (keys, key) = (Keys(scenario), TestMessages.Read(scenario["privatekey"]));
            foreach (var (name, test) in scenario.Tests)
            {
                var message = Header(test["message"], lineEnd);
                var chain = await ArcVerifier.VerifyAsync(message, keys, TestMessages.Now, default);
                var sealing = new ArcSealing(
                    TestMessages.Parse(scenario["domain"]), scenario["sel"],
                    DateTimeOffset.FromUnixTimeSeconds(long.Parse(test["t"], System.Globalization.CultureInfo.InvariantCulture)),
                    test["srv-id"])
                {
                    SignedFields = [.. test["sig-headers"].Split(':')],
                    Results = [.. Results(message, test["srv-id"])],
                };
                var seal = ArcSealer.Seal(message, chain, sealing, key);
                var set = MessageHeader.Read(seal ?? []);
                count++;
                foreach (var (field, tag) in new[]
                {
                    ("ARC-Seal", "AS"), ("ARC-Message-Signature", "AMS"), ("ARC-Authentication-Results", "AAR"),
                })
                {
                    var found = set.Named(field) is [var only] ? Parts(set.Text(only)) : "";
                    if (found != Parts(test[tag])) wrong.Add($"{name} {tag}: {found}");
                }
            }
        }

        output.WriteLine($"ARC signing: {count - wrong.Count} of {count}");
        Assert.Empty(wrong);
        Assert.Equal(17, count);
    }

    // The suite compares the tags as a set, without white space.
    private static string Parts(string text) =>
        string.Join(';', string.Concat(text.Where(c => !char.IsWhiteSpace(c))).Split(';').Order(StringComparer.Ordinal));

    private static IEnumerable<string> Results(MessageHeader message, string service) => message.Named("Authentication-Results")
        .Select(field => AuthenticationResults.TryParse(message.Text(field), out var results) ? results : null)
        .Where(results => results?.Service == service)
        .SelectMany(results => results!.Texts);

    // Records are folded over lines.
    private static ZoneDns Keys(ArcSuite.Scenario scenario)
    {
        var keys = new ZoneDns();
        foreach (var (name, record) in scenario.Records) keys.Text(name, record.ReplaceLineEndings("").Trim());
        return keys;
    }

    private static MessageHeader Header(string message, string lineEnd) =>
        MessageHeader.Read(Encoding.UTF8.GetBytes(message.ReplaceLineEndings(lineEnd)));
}
