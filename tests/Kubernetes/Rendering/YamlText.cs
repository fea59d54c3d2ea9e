using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Postfleet.Kubernetes.Tests.Rendering;

/// <summary>Reads YAML as JSON.</summary>
internal static class YamlText
{
    /// <summary>
    /// The JSON of the first document; null if there is none. The kinds of scalars follow YAML 1.2, as in the API of Kubernetes: a text in
    /// quotes is never a number. A repeated key is an error.
    /// </summary>
    public static JsonNode? ToJson(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        parser.Consume<StreamStart>();
        if (!parser.Accept<DocumentStart>(out _)) return null;
        var value = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().WithDuplicateKeyChecking().Build()
            .Deserialize<object?>(parser);
        return value is null ? null : JsonSerializer.SerializeToNode(Convert(value));
    }

    private static object? Convert(object? value) => value switch
    {
        IDictionary<object, object?> map => map.ToDictionary(pair => (string)pair.Key, pair => Convert(pair.Value)),
        IList<object?> list => list.Select(Convert).ToList(),
        _ => value,
    };
}
