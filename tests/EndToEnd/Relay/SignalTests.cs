using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Signals beside SIGTERM: no signal ends a node in the middle of its work.</summary>
public sealed class SignalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Signals_that_mean_nothing_to_a_node_end_neither_it_nor_a_transaction()
    {
        await using var node = new PostfleetNode(new NodeSpec());
        await node.StartAsync();
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        Assert.Equal(250, (await client.CommandAsync("EHLO client.test")).Code);
        Assert.Equal(250, (await client.CommandAsync("MAIL FROM:<a@source.test>")).Code);

        node.Process.Send(Signal.User1);
        await node.Process.WaitForLineAsync("signal ignored signal=SIGUSR1", Limit);
        node.Process.Send(Signal.User2);
        await node.Process.WaitForLineAsync("signal ignored signal=SIGUSR2", Limit);

        node.Process.Send(Signal.FileSize);
        await node.Process.WaitForLineAsync("signal ignored signal=SIGXFSZ", Limit);

        Assert.Equal(250, (await client.CommandAsync("RCPT TO:<b@anything.test>")).Code);
        Assert.False(node.Process.Exited.IsCompleted);
    }

    [Fact]
    public async Task SIGHUP_reloads_the_configuration_while_sessions_run_and_a_wrong_file_changes_nothing()
    {
        using var folder = new TempFolder("reload");
        TlsTests.WriteCertificate(folder, "first.test");
        await using var node = new PostfleetNode(new NodeSpec
        {
            Configure = json => json["Tls"] = new JsonObject { ["Certificate"] = folder["tls.crt"], ["Key"] = folder["tls.key"] },
        });
        await node.StartAsync();
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        Assert.Equal(250, (await client.CommandAsync("EHLO client.test")).Code);
        Assert.Equal(250, (await client.CommandAsync("MAIL FROM:<a@source.test>")).Code);

        TlsTests.WriteCertificate(folder, "second.test");
        node.Rewrite(json => json["Routes"] = Routes("refused.test"));
        node.Process.Send(Signal.HangUp);
        await node.Process.WaitForLineAsync("subject=CN=second.test", Limit);
        var line = await node.Process.WaitForLineAsync("configuration reloaded author=SIGHUP", Limit);
        Assert.Contains("Routes", line, StringComparison.Ordinal);
        Assert.Contains("Tls:Certificate", line, StringComparison.Ordinal);
        // The session keeps its routes. A later session has the new ones.
        Assert.Equal(250, (await client.CommandAsync("RCPT TO:<b@refused.test>")).Code);
        Assert.Equal(550, await RecipientAsync(node, "b@refused.test"));

        node.Rewrite(json =>
        {
            json["Routes"] = Routes("other.test");
            json["Queues"] = new JsonObject { ["FirstRetry"] = "soon" };
        });
        node.Process.Send(Signal.HangUp);
        await node.Process.WaitForLineAsync("Queues:FirstRetry is 'soon'; allowed: ", Limit);
        Assert.Equal(550, await RecipientAsync(node, "b@refused.test"));
        Assert.Equal(250, await RecipientAsync(node, "b@other.test"));
        var refused = await RunAsync(1, "reload", "--endpoint", $"{node.Admin}");
        Assert.Contains("Queues:FirstRetry is 'soon'; allowed: ", Assert.Single(refused), StringComparison.Ordinal);

        node.Rewrite(json => json["Routes"] = Routes("other.test"));
        var reloaded = await RunAsync(0, "reload", "--endpoint", $"{node.Admin}");
        Assert.Contains("Routes", reloaded[^1], StringComparison.Ordinal);
        Assert.Equal(550, await RecipientAsync(node, "b@other.test"));
        await RunAsync(4, "reload", "--node", "127.0.0.1:1", "--endpoint", $"{node.Admin}");
        Assert.False(node.Process.Exited.IsCompleted);
    }

    [Fact]
    public async Task SIGQUIT_stops_a_node_in_good_order()
    {
        await using var node = new PostfleetNode(new NodeSpec());
        await node.StartAsync();
        node.Process.Send(Signal.Quit);
        Assert.Equal(0, await node.Process.WaitForExitAsync(Limit));
    }

    [Theory]
    [InlineData(" spool open ")]
    [InlineData(" node up ")]
    public async Task A_node_that_is_told_to_stop_while_it_starts_stops_in_good_order(string line)
    {
        await using var node = new PostfleetNode(new NodeSpec());
        var process = node.Launch();
        await process.WaitForLineAsync(line, Limit);
        process.Send(Signal.Terminate);

        Assert.Equal(0, await process.WaitForExitAsync(Limit));
        Assert.Contains(process.Output, text => text.Contains(" info stopped", StringComparison.Ordinal));
        Assert.DoesNotContain(process.Output, text => text.Contains("Unhandled exception", StringComparison.Ordinal));
    }

    private static JsonArray Routes(string rejected) =>
    [
        new JsonObject { ["Domain"] = rejected, ["To"] = "reject" }, new JsonObject { ["Domain"] = "*", ["To"] = "capture" },
    ];

    // The code of the reply to RCPT in a new session.
    private static async Task<int> RecipientAsync(PostfleetNode node, string recipient)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        Assert.Equal(250, (await client.CommandAsync("EHLO client.test")).Code);
        Assert.Equal(250, (await client.CommandAsync("MAIL FROM:<a@source.test>")).Code);
        return (await client.CommandAsync($"RCPT TO:<{recipient}>")).Code;
    }

    // The output, or the lines of errors.
    private static async Task<IReadOnlyList<string>> RunAsync(int code, params string[] args)
    {
        await using var verb = ProcessHost.Start(new ProcessSpec("dotnet", [Repository.Program, .. args]));
        Assert.Equal(code, await verb.WaitForExitAsync(Limit));
        return verb.Output;
    }
}
