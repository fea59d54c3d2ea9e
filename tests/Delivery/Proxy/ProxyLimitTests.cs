using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
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
        var isHanging = new TaskCompletionSource();
        await using var sink = new SmtpSink(new SinkOptions { Script = HangingAt(SinkStage.EndOfData, isHanging) });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        var first = SendAsync(proxy, "u@own.test");
        await isHanging.Task.WaitAsync(Patience);
        var second = AskAsync(proxy, "u@own.test");
        await AdvanceUntilAsync(second);
        Assert.Equal((ProxyResult.Away, 451), await second);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task The_connection_of_a_question_that_was_given_up_is_closed()
    {
        var isHanging = new TaskCompletionSource();
        await using var sink = new SmtpSink(new SinkOptions { Script = HangingAt(SinkStage.Recipient, isHanging) });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        using var giveUp = new CancellationTokenSource();
        var question = proxy.AskAsync(null, Mailbox.Parse("u@own.test"), null, QueueKey.DefaultStream, giveUp.Token);
        await isHanging.Task.WaitAsync(Patience);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question.WaitAsync(Patience));
        await Eventually.True(() => sink.ConnectionsNow == 0, Patience, "the connection is closed");
    }
}
