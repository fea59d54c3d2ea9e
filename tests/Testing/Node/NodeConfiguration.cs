using System.Text.Json;
using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>
/// Writes the configuration file for a <see cref="NodeSpec"/>. Every port is 0, and the node logs the port that it has got. Only the
/// cluster's port is fixed, on a loopback address of one node: a restarted node recognizes its row in the shared database by this address.
/// A node with a <see cref="NodePlace"/> has fixed ports only.
/// </summary>
public static class NodeConfiguration
{
    private static int _nodes;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The port of the cluster's traffic, on each node's own address.</summary>
    public const int ClusterPort = 4053;

    /// <summary>A loopback address that no other node of the tests on this machine has.</summary>
    public static string NextHost()
    {
        var node = Interlocked.Increment(ref _nodes);
        return $"127.{64 + Environment.ProcessId / 250 % 128}.{1 + Environment.ProcessId % 250}.{1 + node % 250}";
    }

    internal static string Write(NodeSpec spec, string data)
    {
        var place = spec.Place;
        var json = new JsonObject
        {
            ["Node"] = new JsonObject { ["Hostname"] = place is null ? "node.test" : $"{spec.Name}.test", ["Roles"] = Array(spec.Roles) },
            ["Cluster"] = new JsonObject
            {
                ["Host"] = spec.ClusterHost,
                ["Port"] = ClusterPort,
                ["Seeds"] = Array(spec.Seeds.Select(seed => $"{seed}:{ClusterPort}"))
            },
            ["Storage"] = spec.Postgres is null
                ? new JsonObject { ["Provider"] = "sqlite", ["Path"] = data }
                : new JsonObject { ["Provider"] = "postgres", ["ConnectionString"] = spec.Postgres, ["Path"] = data },
            ["Listeners"] = spec.Roles.Contains("frontend")
                ? new JsonArray(new JsonObject { ["Endpoint"] = place?.Relay.ToString() ?? "127.0.0.1:0", ["Service"] = "relay" })
                : new JsonArray(),
            ["Routes"] = new JsonArray(
                [.. spec.Routes.Select(route => new JsonObject { ["Domain"] = route.Domain, ["To"] = route.To })]),
            // The mail hosts of tests are on loopback.
            ["Delivery"] = new JsonObject { ["AllowLoopbackMx"] = true },
            ["Dns"] = new JsonObject { ["Servers"] = Array(spec.DnsServers) },
            ["Admin"] = new JsonObject { ["Endpoint"] = place?.Admin.ToString() ?? "127.0.0.1:0", ["Token"] = place?.AdminToken ?? "" },
        };
        spec.Configure?.Invoke(json);
        return json.ToJsonString(Indented);
    }

    private static JsonArray Array(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);
}
