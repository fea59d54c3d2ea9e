using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Submission in a fleet: with <c>POSTFLEET_TEST_USERS=1</c> the load of all scenarios comes from a user with a password and with limits,
/// which no load reaches, instead of from a trusted network.
/// </summary>
internal static class FleetUsers
{
    /// <summary>Whether the load comes from a user.</summary>
    public static bool AreOn { get; } = Environment.GetEnvironmentVariable("POSTFLEET_TEST_USERS") == "1";

    /// <summary>The user.</summary>
    public static readonly (string Name, string Password) Login = ("load", "a password for the load");

    private const int Port = 2587;

    // Made only where the load comes from a user: most runs need no certificate.
    private static readonly Lazy<(string Certificate, string Key)> Files = new(() => new MailAuthority().Issue("localhost"));

    /// <summary>The listener of a frontend.</summary>
    public static IPEndPoint Listener(PostfleetNode node) => new(node.Spec.Place!.Address, Port);

    /// <summary>Adds a listener to the configuration of a frontend.</summary>
    public static void Configure(JsonObject json)
    {
        if (!AreOn || json["Listeners"] is not JsonArray { Count: > 0 } listeners) return;
        var relay = IPEndPoint.Parse((string)listeners[0]!["Endpoint"]!);
        listeners.Add(new JsonObject { ["Endpoint"] = new IPEndPoint(relay.Address, Port).ToString(), ["Service"] = "submission" });
        json["Tls"] = new JsonObject { ["Certificate"] = Files.Value.Certificate, ["Key"] = Files.Value.Key };
        json["Auth"] = new JsonObject { ["PlaintextNetworks"] = new JsonArray("127.0.0.0/8", "10.0.0.0/8", "198.18.0.0/15") };
    }

    /// <summary>Creates the user.</summary>
    public static async Task CreateAsync(PostfleetCluster cluster)
    {
        if (!AreOn) return;
        var place = cluster.With("queue")[0].Spec.Place!;
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", place.AdminToken);
        using var answer = await http.PutAsJsonAsync(
            new Uri($"http://{place.Admin}/api/v1/users/{Login.Name}"),
            new JsonObject
            {
                ["password"] = Login.Password,
                ["addresses"] = new JsonArray("*@load.test"),
                ["maxRate"] = "10000/s",
                ["maxRecipients"] = "10000000/d",
                ["maxNewRecipients"] = "1000000/d",
            });
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}
