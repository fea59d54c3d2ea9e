using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Secrets in mounted files that change while the node runs, and the end of a node behind a load balancer.</summary>
public sealed class SecretFileTests
{
    private const string First = "p;w'o\"r d=1";
    private const string Second = "another;one";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Node_follows_changed_secrets_and_accepts_mail_for_a_time_after_SIGTERM()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await server.RequirePasswordAsync("node", First);
        using var folder = new TempFolder("secrets");
        await File.WriteAllTextAsync(folder["password"], First + "\n");
        await File.WriteAllTextAsync(folder["token"], "first-token\n");
        var database = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()) { Username = "node" };
        await using var node = new PostfleetNode(new NodeSpec
        {
            Postgres = database.ConnectionString,
            Configure = json =>
            {
                json["Storage"]!["PasswordFile"] = folder["password"];
                json["Admin"]!["TokenFile"] = folder["token"];
                json["Admin"]!.AsObject().Remove("Token");
                json["Node"]!["DrainDelay"] = "8s";
            },
        });
        await node.StartAsync();
        // While the node starts, an answer about the cluster may be incomplete.
        await Eventually.True(
            async () => await StatusAsync(node, "first-token") == HttpStatusCode.OK, Limit, "the first token is taken");

        await server.SetPasswordAsync("node", Second);
        await File.WriteAllTextAsync(folder["password"], Second);
        await File.WriteAllTextAsync(folder["token"], "second-token");
        // Each connection is opened again.
        await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'node'");
        await Eventually.True(async () => await SendAsync(node) == 250, Limit, "mail is stored with the new password");
        await Eventually.True(
            async () => await StatusAsync(node, "second-token") == HttpStatusCode.OK, Limit, "the new token is read");
        // After so many requests with a token that was not read yet, the answer to a wrong token may be 429.
        Assert.NotEqual(HttpStatusCode.OK, await StatusAsync(node, "first-token"));
        await node.WaitReadyAsync(Limit);

        node.Process.Send(Signal.Terminate);
        await node.Process.WaitForLineAsync(" draining ", Limit);
        Assert.Contains("\"node\":\"stopping\"", await node.TroubleAsync(), StringComparison.Ordinal);
        Assert.Equal(250, await SendAsync(node));
        Assert.DoesNotContain(node.Process.Output, line => line.Contains(" stopping ", StringComparison.Ordinal));
        node.Process.Send(Signal.Terminate);
        Assert.Equal(0, await node.Process.WaitForExitAsync(Limit));
        Assert.Empty(node.Process.Errors);
    }

    private static async Task<int> SendAsync(PostfleetNode node)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO test");
        var reply = await client.SendMessageAsync("sender@source.test", ["to@a.test"], Encoding.ASCII.GetBytes("Subject: x\r\n\r\n"));
        return reply.Code;
    }

    private static async Task<HttpStatusCode> StatusAsync(PostfleetNode node, string token)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.GetAsync(new Uri($"http://{node.Admin}/api/v1/queues"));
        return answer.StatusCode;
    }
}
