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

        node.Process.Send(Signal.HangUp);
        var line = await node.Process.WaitForLineAsync("sighup ignored", Limit);
        Assert.Contains("restart the node", line, StringComparison.Ordinal);
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
}
