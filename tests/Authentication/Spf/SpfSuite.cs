using Postfleet.Testing;
using YamlDotNet.RepresentationModel;

namespace Postfleet.Authentication.Tests.Spf;

/// <summary>A test of the public suites for RFC 7208 and RFC 4408.</summary>
/// <param name="Name">The name of the test, unique in its suite.</param>
/// <param name="Zone">The records of its scenario.</param>
/// <param name="Client">The address of the client.</param>
/// <param name="Helo">The name in HELO.</param>
/// <param name="ReversePath">The reverse-path.</param>
/// <param name="Results">The allowed results.</param>
/// <param name="Explanation">The expected explanation; <c>DEFAULT</c> for none, null for any.</param>
internal sealed record SpfSuiteTest(
    string Name, ZoneDns Zone, string Client, string Helo, string ReversePath, IReadOnlyList<string> Results, string? Explanation);

/// <summary>Reads the public suites (YAML).</summary>
internal static class SpfSuite
{
    /// <summary>The tests of a suite, in their order.</summary>
    public static IReadOnlyList<SpfSuiteTest> Load(string file)
    {
        using var reader = new StreamReader(Path.Combine(AppContext.BaseDirectory, "Spf", "Data", file));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return [.. yaml.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>().SelectMany(ReadScenario)];
    }

    private static IEnumerable<SpfSuiteTest> ReadScenario(YamlMappingNode scenario)
    {
        var zone = ReadZone((YamlMappingNode)scenario["zonedata"]);
        return ((YamlMappingNode)scenario["tests"]).Select(test =>
        {
            var fields = ((YamlMappingNode)test.Value).ToDictionary(field => Text(field.Key), field => field.Value);
            var result = fields["result"];
            return new SpfSuiteTest(
                Text(test.Key), zone, Text(fields["host"]), Text(fields["helo"]), Text(fields["mailfrom"]),
                result is YamlSequenceNode several ? [.. several.Select(Text)] : [Text(result)],
                fields.TryGetValue("explanation", out var explanation) ? Text(explanation) : null);
        });
    }

    private static ZoneDns ReadZone(YamlMappingNode data)
    {
        var zone = new ZoneDns();
        foreach (var (key, value) in data)
        {
            var name = Text(key);
            zone.Empty(name);
            var records = ((YamlSequenceNode)value).Select(Read).ToList();
            // Records of type SPF count as TXT where the name has no entry for TXT.
            var hasText = records.Exists(record => record.Type is "TXT" or "NO TXT");
            foreach (var (type, content) in records)
            {
                if (type == "TIMEOUT")
                    FailOthers(zone, name, [.. records.Select(record => record.Type == "SPF" && !hasText ? "TXT" : record.Type)]);
                else Add(zone, name, type, content!, hasText);
            }
        }

        return zone;
    }

    // A time-out concerns the types without a record; TXT: NONE is none.
    private static void FailOthers(ZoneDns zone, string name, IReadOnlyList<string> types)
    {
        foreach (var type in new[] { "TXT", "A", "AAAA", "MX", "PTR" })
        {
            if (!types.Contains(type)) zone.Failing(name, type);
        }

        if (types.Contains("NO TXT")) zone.Failing(name, "TXT");
    }

    private static (string Type, YamlNode? Content) Read(YamlNode record)
    {
        if (record is not YamlMappingNode mapping) return (Text(record), null);
        var (type, content) = mapping.Children.Single();
        return Text(type) == "TXT" && content is YamlScalarNode { Value: "NONE" } ? ("NO TXT", content) : (Text(type), content);
    }

    private static void Add(ZoneDns zone, string name, string type, YamlNode content, bool hasText)
    {
        switch (type)
        {
            case "NO TXT": break;
            case "SPF" when hasText: break;
            case "SPF" or "TXT":
                zone.Text(name, content is YamlSequenceNode strings ? string.Concat(strings.Select(Text)) : Text(content));
                break;
            case "MX":
                zone.Mx(name, Text(((YamlSequenceNode)content)[1]));
                break;
            case "PTR":
                zone.PointerAt(name, Text(content));
                break;
            case "CNAME":
                zone.Alias(name, Text(content));
                break;
            default:
                zone.Address(name, Text(content));
                break;
        }
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";
}
