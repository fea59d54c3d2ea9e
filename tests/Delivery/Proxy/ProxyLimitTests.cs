using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Proxy;

/// <summary>The limits of the connections over which mail is passed on.</summary>
public sealed class ProxyLimitTests : ProxyBench
{
    [Fact]
    public async Task Connections_stay_within_the_limit_and_clients_wait_in_turn()
    {
        Limits = Limits with { Connections = 2, Messages = 7 };
        await using var sink = new SmtpSink();
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        var sent = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SendAsync(proxy, "u@own.test")));
        Assert.All(sent, message => Assert.True(message.Outcomes[0].Reply.IsPositive));
        Assert.InRange(sink.ConnectionsMax, 1, 2);
        Assert.Equal(50, sink.Messages.Count);
    }

    [Fact]
    public async Task Beyond_the_limit_a_client_is_told_to_come_again()
    {
        Limits = Limits with { Connections = 1 };
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Recipient ? SinkAction.Hang : SinkAction.Accept,
        });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        using var giveUp = new CancellationTokenSource();
        var first = proxy.AskAsync(null, Mailbox.Parse("u@own.test"), null, giveUp.Token);
        await Eventually.True(() => sink.ConnectionsNow == 1, Patience, "the connection is in use");
        var second = AskAsync(proxy, "u@own.test");
        await Eventually.True(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return second.IsCompleted;
        }, Patience, "the wait is over");
        Assert.Equal((ProxyResult.Away, 451), await second);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        // The connection of a question that was given up is not used again.
        await Eventually.True(() => sink.ConnectionsNow == 0, Patience, "the connection is closed");
    }
}
