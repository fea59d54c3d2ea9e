using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Postfleet.Configuration;

/// <summary>Writes the configuration in force as JSON for <c>--config</c>, with secrets masked.</summary>
public static class EffectiveConfiguration
{
    // The output is read in terminals and not in HTML.
    private static readonly JsonSerializerOptions Style =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON text, indented.</summary>
    /// <param name="table">The keys, in the order in which they are written.</param>
    /// <param name="options">The records with the values.</param>
    public static string ToJson(KeyTable table, object options)
    {
        var layer = OptionsMap.Flatten(options);
        var root = new JsonObject();
        // The order of the table is the order of the documentation.
        foreach (var key in table.Keys)
        {
            if (key.List is not { } list)
            {
                Put(root, key, key.Path, layer);
                continue;
            }

            var items = (JsonArray)(Parent(root, list)[Name(list)] ??= new JsonArray());
            for (var i = 0; i < layer.Lists[list]; i++)
            {
                var path = key.Path.Replace(ConfigurationKey.Index, i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
                if (key.IsValueList)
                {
                    items.Add(Value(key, layer.Values[path]));
                    continue;
                }

                if (items.Count == i) items.Add(new JsonObject());
                if (layer.Values.TryGetValue(path, out var value)) items[i]!.AsObject()[Name(path)] = Value(key, value);
            }
        }

        return root.ToJsonString(Style);
    }

    private static void Put(JsonObject root, ConfigurationKey key, string path, Layer layer)
    {
        if (layer.Values.TryGetValue(path, out var value)) Parent(root, path)[Name(path)] = Value(key, value);
    }

    private static JsonObject Parent(JsonObject root, string path)
    {
        var parent = root;
        foreach (var segment in path.Split(':')[..^1]) parent = (parent[segment] ??= new JsonObject()).AsObject();
        return parent;
    }

    private static string Name(string path) => path[(path.LastIndexOf(':') + 1)..];

    private static JsonValue Value(ConfigurationKey key, string text) => key.Rule.Kind switch
    {
        ValueKind.Number => JsonValue.Create(int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        ValueKind.Flag => JsonValue.Create(bool.Parse(text)),
        _ => JsonValue.Create(Secrets.Hide(key.Secret, text))!,
    };
}
