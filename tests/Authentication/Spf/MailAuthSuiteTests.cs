using System.Net;
using Postfleet.Authentication.Spf;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Spf;

/// <summary>
/// The expectations of the SPF tests of the library mail-auth (Data/mail-auth, MIT licence beside them), a second opinion. The files are
/// lines of <c>key: value</c>; a record replaces earlier ones of its name.
/// </summary>
public sealed class MailAuthSuiteTests(ITestOutputHelper output)
{
    // The library differs from RFC 7208 here. The file, the sender, the client, and the result by the RFC.
    private static readonly HashSet<string> Differences =
    [
        // Section 5: an IPv4 client does not match ip6, not even an IPv4-mapped network.
        "ip.yml sender@test.org 10.1.2.3: fail",
        // Section 5.7: exists looks for A records, whatever the client's family is.
        "exists.yml sender@ip6.test.org 167.1.2.3: fail",
        "macro.yml strong-bad@email.example.com 2001:db8::cb01: fail",
        // Section 4.6.4: two lookups without records.
        "basic.yml sender@ok.test.org 172.168.0.1: permerror",
        // Section 4.6.4: more than 10 MX records are an error even if one of the first 10 matches.
        "basic.yml sender@mx.test.org 10.0.0.8: permerror",
        // Section 4.6: errors anywhere in a record are found before its evaluation.
        "all.yml sender@test.org 10.0.0.1: permerror",
        // The library checks HELO and MAIL at once.
        "basic.yml sender@test.org 172.168.0.1: pass",
    ];

    [Fact]
    public async Task Expectations_of_mail_auth_hold_where_they_follow_the_rfc()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Spf", "Data", "mail-auth"), "*.yml"))
        {
            foreach (var scenario in File.ReadAllText(file).Split("---\n"))
                count += await RunAsync(Path.GetFileName(file), scenario, failures);
        }

        foreach (var failure in failures) output.WriteLine(failure);
        output.WriteLine($"mail-auth: {count - failures.Count} of {count} expectations hold, {Differences.Count} differ from RFC 7208");
        Assert.Equal(Differences.Order(StringComparer.Ordinal), failures.Order(StringComparer.Ordinal));
        Assert.Equal(163, count);
    }

    private static async Task<int> RunAsync(string file, string scenario, List<string> failures)
    {
        var records = new Dictionary<(string Type, string Name), string>();
        var current = new Dictionary<string, string>();
        var count = 0;
        foreach (var line in scenario.Split('\n').Select(line => line.Trim().TrimStart('-').Trim()).Where(line => !line.StartsWith('#')))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var (key, value) = (line[..colon], line[(colon + 1)..].Trim());
            if (key is "spf" or "exp" or "a" or "aaaa" or "ptr" or "mx")
            {
                var space = value.IndexOf(' ', StringComparison.Ordinal);
                records[(key, value[..space])] = value[space..].Trim();
            }

            current[key] = value;
            if (key != "expect") continue;
            count++;
            var outcome = await new SpfEvaluator(Zone(records)).CheckAsync(
                new SpfRequest(IPAddress.Parse(current["ip"]), current["domain"], current["sender"], "localdomain.org"),
                DateTimeOffset.UnixEpoch, CancellationToken.None);
            var actual = $"{ReceivedSpf.Word(outcome.Result)} {outcome.Explanation}".Trim();
            var isExpected = value.Contains(' ', StringComparison.Ordinal) ? actual == value : ReceivedSpf.Word(outcome.Result) == value;
            if (!isExpected) failures.Add($"{file} {current["sender"]} {current["ip"]}: {actual}");
        }

        return count;
    }

    private static ZoneDns Zone(Dictionary<(string Type, string Name), string> records)
    {
        var zone = new ZoneDns();
        foreach (var ((type, name), value) in records)
        {
            var items = value.Split(',', StringSplitOptions.TrimEntries);
            if (type is "spf" or "exp") zone.Text(name, value);
            else if (type == "ptr") zone.Pointer(name, items);
            else if (type != "mx") zone.Address(name, items);
            else
            {
                zone.Mx(name, [.. items.Select(item => $"mx.{item}")]);
                foreach (var item in items) zone.Address($"mx.{item}", item);
            }
        }

        foreach (var name in new[] { "_dns_error.org", "_dns_error.test.org" }) zone.Failing(name);
        return zone;
    }
}
