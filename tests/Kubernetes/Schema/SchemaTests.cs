using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Kubernetes.Tests.Rendering;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Schema;

public sealed partial class SchemaTests
{
    // With this variable, the test writes the schema of the configuration instead of comparing it.
    private const string Write = "POSTFLEET_WRITE_CHART_SCHEMA";

    private static readonly string SchemaPath = Path.Combine(Chart.Folder, "values.schema.json");

    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Schema_of_the_configuration_is_the_one_of_the_documentation()
    {
        var schema = Read();
        var (expected, actual) = (ConfigurationSchema.Make(), schema["definitions"]!["configuration"]!);
        Assert.True(expected["properties"]!.AsObject().Count >= 15);
        if (Environment.GetEnvironmentVariable(Write) == "1")
        {
            schema["definitions"]!["configuration"] = expected;
            File.WriteAllText(SchemaPath, schema.ToJsonString(Indented) + "\n");
            return;
        }

        Assert.True(
            JsonNode.DeepEquals(expected, actual),
            $"values.schema.json lacks changes of docs/configuration.md; write it with {Write}=1 in the environment of this test");
    }

    [Fact]
    public void Every_value_is_in_the_schema_with_its_description()
    {
        var schema = Read();
        var parameters = Parameter().Matches(File.ReadAllText(Path.Combine(Chart.Folder, "values.yaml")))
            .ToDictionary(match => match.Groups["path"].Value, match => match.Groups["text"].Value);
        Assert.True(parameters.Count >= 100);
        Assert.All(parameters, parameter =>
        {
            var (path, description) = parameter;
            JsonNode? node = schema;
            foreach (var name in path.Split('.'))
            {
                var at = Resolve(schema, node!);
                node = at["properties"]?[name] ?? at["additionalProperties"];
                Assert.True(node is JsonObject, $"{path} is not in the schema");
            }

            // Roles share the schema of pods; the values of a map share one, too.
            if (node!["$ref"] is null && node["description"] is { } found
                && path.Split('.')[0] is not ("frontend" or "queue" or "delivery" or "single"))
                Assert.Equal(description, (string?)found);
        });
    }

    [Fact]
    public void Every_object_of_the_schema_is_closed_and_every_property_described()
    {
        List<string> faults = [];
        Visit(Read(), "", faults);
        Assert.Empty(faults);
    }

    private static void Visit(JsonNode? node, string path, List<string> faults)
    {
        if (node is JsonArray list)
        {
            for (var at = 0; at < list.Count; at++) Visit(list[at], $"{path}/{at}", faults);
            return;
        }

        if (node is not JsonObject value) return;
        if (value["properties"] is JsonObject properties && path.Split('/')[^1] != "properties")
        {
            if (value["additionalProperties"]?.GetValueKind() != JsonValueKind.False) faults.Add($"{path} takes unknown properties");
            foreach (var (name, property) in properties)
            {
                if (property?["description"] is null && property?["$ref"] is null) faults.Add($"{path}/{name} has no description");
            }
        }

        foreach (var (name, child) in value) Visit(child, $"{path}/{name}", faults);
    }

    private static JsonNode Resolve(JsonNode schema, JsonNode node)
    {
        while (node["$ref"] is { } reference)
        {
            node = ((string)reference!).TrimStart('#', '/').Split('/').Aggregate(schema, (at, name) => at[name]!);
        }

        return node;
    }

    private static JsonObject Read() => JsonNode.Parse(File.ReadAllText(SchemaPath))!.AsObject();

    [GeneratedRegex(@"^ *## @param (?<path>\S+) (\[[^\]]*\] )?(?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Parameter();
}
