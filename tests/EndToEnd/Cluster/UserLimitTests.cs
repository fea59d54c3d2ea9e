using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>The limit of a user over three frontends, one of which is killed.</summary>
public sealed class UserLimitTests
{
    private const int Port = 2587;
    private const int Most = 120;
    private const string User = "shop@source.test";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_users_limit_holds_over_the_cluster_when_a_frontend_is_killed()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        await using var cluster = await PostfleetCluster.StartAsync(new ClusterPlan
        {
            Database = await postgres.CreateDatabaseAsync(),
            Nodes = [("queue1", "queue"), ("frontend1", "frontend"), ("frontend2", "frontend"), ("frontend3", "frontend")],
            Configure = json =>
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

                json["Auth"] =
                    new JsonObject { ["PlaintextNetworks"] = new JsonArray("127.0.0.0/8"), ["Mechanisms"] = new JsonArray("PLAIN") };
            },
        });
        await PutAsync(cluster, Most);
        var frontends = cluster.With("frontend");

        // Two go on until they are refused, and one dies with recipients in an open message and units taken ahead.
        var first = SendAsync(frontends[0], 1, until: int.MaxValue);
        var second = SendAsync(frontends[1], 3, until: int.MaxValue);
        var killed = await SendAsync(frontends[2], 4, until: 12);
        using (var open = await LogInAsync(frontends[2]))
        {
            await open.CommandAsync($"MAIL FROM:<{User}>");
            for (var i = 0; i < 5; i++) await open.CommandAsync("RCPT TO:<to@d0.s0.test>");
            await frontends[2].KillAsync();
        }

        var accepted = killed + await first + await second;
        Assert.InRange(accepted, Most - 40, Most);

        // A raised limit holds within a second. The rest can be reached, but for what the killed one had, and no recipient more.
        await PutAsync(cluster, Most + 7);
        await Eventually.True(
            async () =>
            {
                foreach (var frontend in frontends.Take(2)) accepted += await SendAsync(frontend, 1, until: int.MaxValue);
                return await UsedAsync(cluster) == Most + 7;
            },
            Limit, "all units are used or lost");
        Assert.InRange(accepted, Most + 7 - 20, Most + 7);
    }

    private static async Task PutAsync(PostfleetCluster cluster, int most)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri($"http://{cluster.Nodes[0].Admin}/api/v1/users/{User}"),
            new JsonObject { ["password"] = "secret", ["maxRecipients"] = $"{most}/d", ["maxRate"] = "1000/s" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<long> UsedAsync(PostfleetCluster cluster) =>
        (await cluster.Nodes[0].GetAsync($"/api/v1/users/{User}"))["used"]!["recipients"]!.GetValue<long>();

    // The number of accepted recipients, up to a number or to the first refused one.
    private static async Task<int> SendAsync(PostfleetNode frontend, int recipients, int until)
    {
        using var client = await LogInAsync(frontend);
        var accepted = 0;
        while (accepted < until)
        {
            await client.CommandAsync($"MAIL FROM:<{User}>");
            var granted = 0;
            for (var i = 0; i < recipients; i++)
            {
                var reply = await client.CommandAsync($"RCPT TO:<to{i}@d0.s0.test>");
                if (reply.IsPositive) granted++;
                else Assert.StartsWith(
                    "450 4.7.1 Limit of the user reached: maxRecipients ", $"{reply.Code} {reply.Text}", StringComparison.Ordinal);
            }

            if (granted == 0) return accepted;
            Assert.Equal(354, (await client.CommandAsync("DATA")).Code);
            Assert.Equal(250, (await client.CommandAsync($"From: {User}\r\n\r\nx\r\n.")).Code);
            accepted += granted;
        }

        return accepted;
    }

    private static async Task<SmtpClientLite> LogInAsync(PostfleetNode frontend)
    {
        var client = await SmtpClientLite.ConnectAsync(new IPEndPoint(frontend.Spec.Place!.Address, Port));
        await client.CommandAsync("EHLO client.test");
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{User}\0secret"));
        Assert.Equal(235, (await client.CommandAsync($"AUTH PLAIN {credentials}")).Code);
        return client;
    }
}
