using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Schema;

/// <summary>
/// Makes the schema of Postfleet's configuration from the tables in <c>docs/configuration.md</c>, which tests of the node keep complete.
/// </summary>
internal static partial class ConfigurationSchema
{
    /// <summary>The schema, for <c>definitions.configuration</c> of the chart's schema.</summary>
    public static JsonObject Make()
    {
        var root = Object("Postfleet's configuration (docs/configuration.md)");
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md")))
        {
            if (Row().Match(line) is not { Success: true } row) continue;
            var (allowed, meaning) = (row.Groups["allowed"].Value, row.Groups["meaning"].Value);
            Add(root, row.Groups["path"].Value.Split(':'), row.Groups["default"].Value == "required", Value(allowed), meaning);
        }

        return root;
    }

    private static void Add(JsonObject parent, ReadOnlySpan<string> path, bool isRequired, JsonObject value, string meaning)
    {
        var (name, properties) = (path[0], parent["properties"]!.AsObject());
        switch (path)
        {
            case [_]:
                properties[name] = Describe(value, meaning);
                if (isRequired) AddRequired(parent, name);
                break;
            case [_, "#"]:
                // A list of plain values may be one text with commas.
                properties[name] = Describe(new JsonObject { ["type"] = new JsonArray("array", "string"), ["items"] = value }, meaning);
                break;
            case [_, "#", ..]:
                if (properties[name] is not { } list)
                {
                    list = new JsonObject { ["type"] = "array", ["description"] = $"List {name}", ["items"] = Object($"Entry of {name}") };
                    properties[name] = list;
                }

                Add(list["items"]!.AsObject(), path[2..], isRequired, value, meaning);
                break;
            default:
                if (properties[name] is not { } section) properties[name] = section = Object($"Section {name}");
                Add(section.AsObject(), path[1..], isRequired, value, meaning);
                break;
        }
    }

    private static void AddRequired(JsonObject parent, string name)
    {
        if (parent["required"] is not JsonArray required) parent["required"] = required = [];
        required.Add(name);
    }

    private static JsonObject Describe(JsonObject value, string meaning)
    {
        value["description"] = meaning;
        return value;
    }

    private static JsonObject Object(string description) => new()
    {
        ["type"] = "object",
        ["description"] = description,
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject(),
    };

    private static JsonObject Value(string allowed)
    {
        const string OrNull = ", or null";
        if (!allowed.EndsWith(OrNull, StringComparison.Ordinal)) return ValueOf(allowed);
        var value = new JsonArray(ValueOf(allowed[..^OrNull.Length]), new JsonObject { ["type"] = "null" });
        // Rates and hosts may also be a list.
        if (allowed.Contains("list of them", StringComparison.Ordinal)) value.Add(TextList());
        return new JsonObject { ["anyOf"] = value };
    }

    private static JsonObject TextList() => new()
    {
        ["type"] = "array",
        ["items"] = new JsonObject { ["type"] = "string" },
    };

    private static JsonObject ValueOf(string allowed)
    {
        if (allowed.StartsWith("names of mail hosts", StringComparison.Ordinal))
            return new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, TextList()) };
        if (allowed == "true or false") return new JsonObject { ["type"] = "boolean" };
        if (WholeNumber().Match(allowed) is { Success: true } number)
        {
            return new JsonObject
            {
                ["type"] = "integer",
                ["minimum"] = long.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture),
                ["maximum"] = long.Parse(number.Groups[2].Value, CultureInfo.InvariantCulture),
            };
        }

        if (allowed.StartsWith("a duration", StringComparison.Ordinal)) return Text("^[0-9]+ ?([mM][sS]|[sSmMhHdD])$");
        if (allowed.StartsWith("a rate of 1/d", StringComparison.Ordinal)) return new JsonObject { ["type"] = "string" };
        if (allowed.StartsWith("a rate", StringComparison.Ordinal)) return Text("^([0-9]+ ?/ ?[sSmMhH])?$");
        if (allowed.StartsWith("a size", StringComparison.Ordinal))
        {
            var size = Text("^[0-9]+ ?([kKmMgG][bB])?$");
            size["type"] = new JsonArray("integer", "string");
            return size;
        }

        var words = allowed.Split(", ");
        return words.All(word => Word().IsMatch(word))
            ? new JsonObject { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) }
            : new JsonObject { ["type"] = "string" };
    }

    private static JsonObject Text(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    [GeneratedRegex(@"^\| `(?<path>\w+:[\w:#]+)` \| (?<default>[^|]*) \| [^|]* \| (?<allowed>[^|]*) \| `[^`]*` \| (?<meaning>.*) \|$")]
    private static partial Regex Row();

    [GeneratedRegex("^a whole number of ([0-9]+) to ([0-9]+)$")]
    private static partial Regex WholeNumber();

    [GeneratedRegex("^[a-z]+$")]
    private static partial Regex Word();
}
