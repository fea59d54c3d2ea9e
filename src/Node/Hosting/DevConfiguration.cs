using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Postfleet.Core.Options;
using Postfleet.Core.Units;

namespace Postfleet.Node.Hosting;

internal static class DevConfiguration
{
    private static readonly JsonSerializerOptions Json = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = true,
        Converters = { new Duration(), new Bytes() },
    };

    public static PostfleetOptions Load(string[] args)
    {
        var root = new JsonObject();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--config") root = (JsonObject)JsonNode.Parse(File.ReadAllText(args[++i]))!;
            else if (args[i].StartsWith("--", StringComparison.Ordinal))
            {
                var pair = args[i][2..].Split('=', 2);
                var path = pair[0].Split(':');
                root[path[0]] ??= new JsonObject();
                root[path[0]]![path[1]] = int.TryParse(pair[1], out var n) ? n : pair[1];
            }
        }

        return root.Deserialize<PostfleetOptions>(Json)! is var o && o.Node.Hostname.Length == 0 ? o with { Node = o.Node with { Hostname = "localhost" } } : o;
    }

    private sealed class Duration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Durations.TryParse(reader.GetString(), out var d) ? d : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Durations.Format(value));
    }

    private sealed class Bytes : JsonConverter<ByteSize>
    {
        public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ByteSize.TryParse(reader.GetString(), out var d) ? d : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
