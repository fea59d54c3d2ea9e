using System.Text.Json;
using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>Writes the configuration file for a <see cref="NodeSpec"/>. Every port is 0: the node takes any free one and says which.</summary>
internal static class NodeConfiguration
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write(NodeSpec spec, string data)
    {
        var json = new JsonObject
        {
            ["Node"] = new JsonObject { ["Hostname"] = "node.test" },
            ["Cluster"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = 0, ["Seeds"] = new JsonArray() },
            ["Storage"] = spec.Postgres is null
                ? new JsonObject { ["Provider"] = "sqlite", ["Path"] = data }
                : new JsonObject { ["Provider"] = "postgres", ["ConnectionString"] = spec.Postgres, ["Path"] = data },
            ["Listeners"] = new JsonArray(new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "relay" }),
            ["Routes"] = new JsonArray(
                [.. spec.Routes.Select(route => new JsonObject { ["Domain"] = route.Domain, ["To"] = route.To })]),
            ["Dns"] = new JsonObject { ["Servers"] = new JsonArray([.. spec.DnsServers.Select(server => JsonValue.Create(server))]) },
            ["Admin"] = new JsonObject { ["Endpoint"] = "127.0.0.1:0" },
        };
        spec.Configure?.Invoke(json);
        return json.ToJsonString(Indented);
    }
}
