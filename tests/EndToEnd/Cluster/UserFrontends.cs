using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>A cluster of one queue node and three frontends with submission, for the tests of a class.</summary>
public sealed class UserFrontends : IAsyncLifetime
{
    private const int Port = 2587;

    private PostgresServer _postgres = null!;
    private PostfleetCluster _cluster = null!;

    internal IReadOnlyList<PostfleetNode> Nodes => _cluster.With("frontend");

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartNewAsync();
        _cluster = await PostfleetCluster.StartAsync(new ClusterPlan
        {
            Database = await _postgres.CreateDatabaseAsync(),
            Nodes = [("queue1", "queue"), ("frontend1", "frontend"), ("frontend2", "frontend"), ("frontend3", "frontend")],
            Configure = Configure,
        });
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    internal async Task PutAsync(string user, int most)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri($"http://{_cluster.Nodes[0].Admin}/api/v1/users/{user}"),
            new JsonObject { ["password"] = "secret", ["maxRecipients"] = $"{most}/d", ["maxRate"] = "1000/s" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    internal async Task<long> UsedAsync(string user) =>
        (await _cluster.Nodes[0].GetAsync($"/api/v1/users/{user}"))["used"]!["recipients"]!.GetValue<long>();

    internal static async Task<SmtpClientLite> ConnectAsync(PostfleetNode frontend)
    {
        var client = await SmtpClientLite.ConnectAsync(new IPEndPoint(frontend.Spec.Place!.Address, Port));
        await client.CommandAsync("EHLO client.test");
        return client;
    }

    internal static Task<SmtpReply> LogInAsync(SmtpClientLite client, string user, string password) =>
        client.CommandAsync($"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"))}");

    private static void Configure(JsonObject json)
    {
        var listeners = json["Listeners"]!.AsArray();
        if (listeners.Count > 0)
        {
            listeners.Add(new JsonObject
            {
                ["Endpoint"] = listeners[0]!["Endpoint"]!.GetValue<string>().Replace(":2525", $":{Port}", StringComparison.Ordinal),
                ["Service"] = "submission",
            });
        }

        json["Auth"] = new JsonObject { ["PlaintextNetworks"] = new JsonArray("127.0.0.0/8"), ["Mechanisms"] = new JsonArray("PLAIN") };
    }
}
