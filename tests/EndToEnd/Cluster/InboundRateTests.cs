using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Rates of strangers over two frontends.</summary>
public sealed class InboundRateTests : IAsyncLifetime
{
    private const int Most = 40;

    private PostgresServer _postgres = null!;
    private PostfleetCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartNewAsync();
        _cluster = await PostfleetCluster.StartAsync(new ClusterPlan
        {
            Database = await _postgres.CreateDatabaseAsync(),
            Nodes = [("queue1", "queue"), ("frontend1", "frontend"), ("frontend2", "frontend")],
            Configure = Configure,
        });
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task A_rate_holds_over_the_cluster_and_each_node_applies_it_while_the_database_is_away()
    {
        var frontends = _cluster.With("frontend");
        var both = await Task.WhenAll(SendAsync(frontends[0], "a.test"), SendAsync(frontends[1], "a.test"));
        // The shares of both nodes are an eighth of the rate each, and the cluster has the rest. Some units flow in meanwhile.
        Assert.InRange(both.Sum(), Most, Most + 5);
        Assert.InRange(await SendAsync(frontends[0], "b.test"), Most * 3 / 4, Most);
        Assert.InRange(await SendAsync(frontends[1], "b.test"), 1, Most / 4 + 5);

        await _postgres.KillAsync();
        Assert.InRange(await SendAsync(frontends[0], "c.test"), Most, Most + 5);
        Assert.InRange(await SendAsync(frontends[1], "c.test"), Most, Most + 5);
    }

    // The number of accepted recipients, up to the first refused one.
    private static async Task<int> SendAsync(PostfleetNode frontend, string domain)
    {
        using var client = await SmtpClientLite.ConnectAsync(frontend.Spec.Place!.Relay);
        await client.CommandAsync("EHLO client.test");
        await client.CommandAsync($"MAIL FROM:<from@{domain}>");
        for (var accepted = 0; ; accepted++)
        {
            var reply = await client.CommandAsync($"RCPT TO:<to{accepted}@own.test>");
            if (reply.IsPositive) continue;
            Assert.StartsWith(
                $"450 4.7.1 Too many recipients of senders at {domain}, please try again in ", $"{reply.Code} {reply.Text}",
                StringComparison.Ordinal);
            return accepted;
        }
    }

    private static void Configure(JsonObject json)
    {
        json["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray("192.0.2.0/24"), ["Domains"] = new JsonArray("own.test") };
        json["Smtp"] = new JsonObject { ["GreetingDelay"] = "0s" };
        json["Inbound"] = new JsonObject
        {
            ["Rates"] = new JsonArray(new JsonObject { ["Count"] = "recipients", ["By"] = "sender", ["Rate"] = $"{Most}/h" }),
        };
    }
}
