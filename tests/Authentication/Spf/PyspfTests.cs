using System.Globalization;
using System.Net;
using System.Text.Json;
using Postfleet.Authentication.Spf;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Spf;

/// <summary>pyspf and the evaluator have the same results for random records in a zone.</summary>
public sealed class PyspfTests(ITestOutputHelper output)
{
    private const int Cases = 2_000;

    private const string Script = """
        import json, socket, sys, spf
        zone = {}
        def lookup(name, qtype, *args, **named):
            for t, v in zone.get(name.rstrip('.').lower(), []):
                if t == qtype:
                    if t == 'AAAA': v = socket.inet_pton(socket.AF_INET6, v)
                    elif t == 'TXT': v = (v.encode(),)
                    elif t == 'MX': v = (10, v)
                    yield ((name, t), v)
        spf.DNSLookup = lookup
        for case in json.load(open(sys.argv[1])):
            zone = case['zone']
            result = spf.query(i=case['client'], s=case['sender'], h='client.test', strict=True).check()[0]
            print({'unknown': 'permerror', 'error': 'temperror'}.get(result, result))
        """;

    // Names with records of all kinds: void lookups, whose count differs in pyspf, are rare.
    private static readonly string[] Names = ["a.test", "b.test", "c.test", "d.test", "mx.a.test", "10.a.test"];
    private static readonly string[] Clients = ["192.0.2.1", "192.0.2.130", "198.51.100.9", "2001:db8::1", "2001:db8:1::9"];

    private static readonly string[] Terms =
    [
        "a", "mx", "ptr", "a:{0}", "mx:{0}", "ptr:{0}", "include:{0}", "exists:{0}", "exists:%{{d2}}", "a/24", "a//64", "a/25//48",
        "mx/24:{0}",
        "mx:{0}/30//126", "ip4:192.0.2.0/24", "ip4:192.0.2.130", "ip4:198.51.100.8/31", "ip6:2001:db8::/48", "ip6:2001:db8:1::/47",
        "ip4:192.0.2.0/33", "redirect={0}", "exp={0}", "x=%{{l}}", "a:%{{o}}", "exists:%{{l1r-}}.{0}", "a:mx.%{{d}}", "all", "-all", "~all",
        "?all", "?mx", "-a:{0}", "~include:{0}", "foo", "a:%{{x}}", "all/8", "a:{0}.", "a:{0}/032",
    ];

    [PyspfFact]
    public async Task Random_records_have_the_same_results()
    {
        var random = new Random(4);
        var cases = Enumerable.Range(0, Cases).Select(_ => NewCase(random)).ToList();
        using var folder = new TempFolder();
        var (script, data) = (folder["peer.py"], folder["cases.json"]);
        await File.WriteAllTextAsync(script, Script);
        await File.WriteAllTextAsync(data, JsonSerializer.Serialize(cases.Select(each => new
        {
            zone = each.Records.GroupBy(record => record.Name)
                .ToDictionary(group => group.Key, group => group.Select(record => new[] { record.Type, record.Value })),
            client = each.Client,
            sender = each.Sender,
        })));
        var results = await ProcessHost.RunAsync(new ProcessSpec("/usr/bin/python3", [script, data]));
        Assert.Equal(Cases, results.Count);
        var different = new List<string>();
        foreach (var (each, peer) in cases.Zip(results))
        {
            var outcome = await new SpfEvaluator(ZoneOf(each.Records)).CheckAsync(
                new SpfRequest(IPAddress.Parse(each.Client), "client.test", each.Sender, "receiver.example"), DateTimeOffset.UnixEpoch,
                CancellationToken.None);
            if (ReceivedSpf.Word(outcome.Result) != peer)
            {
                different.Add($"{peer}, here {outcome.Result} ({outcome.Problem}) for {each.Client} {each.Sender}: "
                    + string.Join("; ", each.Records.Where(record => record.Type == "TXT")));
            }
        }

        foreach (var line in different) output.WriteLine(line);
        output.WriteLine($"pyspf: {Cases - different.Count} of {Cases} results are the same: "
            + string.Join(", ", results.CountBy(result => result).Select(result => $"{result.Key} {result.Value}")));
        Assert.Empty(different);
    }

    private static Case NewCase(Random random)
    {
        var records = new List<Record>();
        foreach (var name in Names)
        {
            var terms = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Term(random, name)).Distinct();
            records.Add(new Record(name, "TXT", $"v=spf1 {string.Join(' ', terms)}"));
            records.Add(new Record(name, "A", $"192.0.2.{random.Next(1, 4)}"));
            records.Add(new Record(name, "AAAA", $"2001:db8::{random.Next(1, 4)}"));
            records.Add(new Record(name, "MX", Names[random.Next(Names.Length)]));
        }

        var client = Clients[random.Next(Clients.Length)];
        records.Add(new Record(ZoneDns.ReverseOf(IPAddress.Parse(client)), "PTR", Names[random.Next(Names.Length)]));
        return new Case(records, client, $"10@{Names[random.Next(Names.Length)]}");
    }

    // pyspf refuses a record that includes itself, even if the evaluation ends before the directive, and an unknown modifier twice.
    private static string Term(Random random, string owner) => string.Format(
        CultureInfo.InvariantCulture, Terms[random.Next(Terms.Length)],
        Names.Where(name => name != owner).ElementAt(random.Next(Names.Length - 1)));

    private static ZoneDns ZoneOf(IReadOnlyList<Record> records)
    {
        var zone = new ZoneDns();
        foreach (var (name, type, value) in records)
        {
            if (type == "TXT") zone.Text(name, value);
            else if (type == "MX") zone.Mx(name, value);
            else if (type == "PTR") zone.PointerAt(name, value);
            else zone.Address(name, value);
        }

        return zone;
    }

    private sealed record Record(string Name, string Type, string Value);

    private sealed record Case(IReadOnlyList<Record> Records, string Client, string Sender);
}
