using Postfleet.Delivery.Proxy;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Proxy;

/// <summary>The time for a message that is passed on: the client waits for ten minutes.</summary>
public sealed class ProxyTimeTests : ProxyBench
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(7.5)]
    public async Task The_time_counts_from_the_end_of_the_content(double spent)
    {
        var isHanging = new TaskCompletionSource();
        await using var sink = new SmtpSink(new SinkOptions { Script = HangingAt(SinkStage.EndOfData, isHanging) });
        var before = TimeSpan.FromMinutes(spent);
        var sending = NewProxy($"smtp://{sink.EndPoint}").SendAsync(NewMessage(0, "u@own.test"), before);
        await isHanging.Task.WaitAsync(Patience);
        await AdvanceUntilAsync(sending, Step.TotalSeconds);
        Assert.True((await sending).IsUncertain);
        var all = before + (Time.GetUtcNow() - Time.Start);
        // The end comes on another thread, while the clock goes on.
        Assert.InRange(all, MailProxy.MaxMessage, MailProxy.MaxMessage + TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_message_without_time_is_not_sent()
    {
        await using var sink = new SmtpSink();
        var sent = await NewProxy($"smtp://{sink.EndPoint}").SendAsync(NewMessage(0, "u@own.test"), TimeSpan.FromMinutes(8))
            .WaitAsync(Patience);
        Assert.True(sent is { IsUncertain: false, Outcomes: [{ IsOwn: true, Reply.IsTransient: true }] });
        Assert.Equal(0, sink.ConnectionsTotal);
    }

    [Fact]
    public async Task A_second_connection_has_the_time_that_is_left()
    {
        var (isAsked, isGoing, isSent) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        using var peer = new SocketPeer(
            async call =>
            {
                await call.PlayAsync(
                    "S: 220 store", "C: EHLO client.test", "S: 250 store", "C: MAIL FROM:<a@x.test>", "S: 250 ok",
                    "C: RCPT TO:<u@own.test>", "S: 250 ok", "C: RSET", "S: 250 ok", "C: MAIL FROM:<a@x.test>");
                isAsked.SetResult();
                await isGoing.Task;
            },
            async call =>
            {
                await call.PlayAsync(
                    "S: 220 store", "C: EHLO client.test", "S: 250 store", "C: MAIL FROM:<a@x.test>", "S: 250 ok",
                    "C: RCPT TO:<u@own.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*");
                isSent.SetResult();
                Assert.Null(await call.HearAsync());
            });
        var proxy = NewProxy($"smtp://{peer.EndPoint}");
        await AskAsync(proxy, "u@own.test");
        var sending = SendAsync(proxy, "u@own.test");
        await isAsked.Task.WaitAsync(Patience);
        Time.Advance(TimeSpan.FromMinutes(2));
        isGoing.SetResult();
        await isSent.Task.WaitAsync(Patience);
        await AdvanceUntilAsync(sending, Step.TotalSeconds);
        Assert.True((await sending).IsUncertain);
        Assert.InRange(Time.GetUtcNow() - Time.Start, MailProxy.MaxMessage, MailProxy.MaxMessage + TimeSpan.FromMinutes(1));
    }
}
