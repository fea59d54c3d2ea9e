using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Proxy;
using Postfleet.Delivery.Smtp;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Proxy;

/// <summary>A host to which mail is passed on and which cannot be reached, or hangs.</summary>
public sealed class ProxyDownTests : ProxyBench
{
    [Theory]
    [InlineData(SinkStage.Connect)]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.Recipient)]
    public async Task A_host_that_hangs_is_left_alone_for_a_while(SinkStage stage)
    {
        var isHanging = new TaskCompletionSource();
        await using var sink = new SmtpSink(new SinkOptions { Script = HangingAt(stage, isHanging) });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        var first = AskAsync(proxy, "u@own.test");
        await isHanging.Task.WaitAsync(Patience);
        await AdvanceUntilAsync(first);
        Assert.Equal((ProxyResult.Away, 451), await first);
        Assert.InRange(Time.GetUtcNow() - Time.Start, TimeSpan.Zero, TimeSpan.FromSeconds(25));

        // At once, by a clock that stands still.
        sink.Script = _ => SinkAction.Accept;
        Assert.Equal((ProxyResult.Away, 451), await AskAsync(proxy, "u@own.test"));
        Assert.True(Assert.Single((await SendAsync(proxy, "u@own.test")).Outcomes) is { IsOwn: true, Reply.IsTransient: true });
        Assert.Equal(1, sink.ConnectionsTotal);
        Time.Advance(ProxyPool.DownFor);
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "v@own.test"));
    }

    [Fact]
    public async Task One_client_finds_out_whether_the_host_is_back()
    {
        var isHanging = new TaskCompletionSource();
        await using var sink = new SmtpSink(new SinkOptions { Script = HangingAt(SinkStage.Connect, isHanging) });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        var first = AskAsync(proxy, "u@own.test");
        await isHanging.Task.WaitAsync(Patience);
        await AdvanceUntilAsync(first);
        Time.Advance(ProxyPool.DownFor);
        isHanging = new TaskCompletionSource();
        sink.Script = HangingAt(SinkStage.Connect, isHanging);
        using var leaving = new CancellationTokenSource();
        var second = proxy.AskAsync(null, Mailbox.Parse("u@own.test"), null, QueueKey.DefaultStream, leaving.Token);
        await isHanging.Task.WaitAsync(Patience);
        Assert.Equal((ProxyResult.Away, 451), await AskAsync(proxy, "u@own.test"));
        Assert.Equal(2, sink.ConnectionsTotal);

        // A client that leaves has not found out.
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Patience));
        sink.Script = _ => SinkAction.Accept;
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
    }

    [Theory]
    [InlineData(SinkStage.Connect)]
    [InlineData(SinkStage.Recipient)]
    public async Task A_client_that_leaves_says_nothing_about_the_host(SinkStage stage)
    {
        var isHanging = new TaskCompletionSource();
        await using var sink = new SmtpSink(new SinkOptions { Script = HangingAt(stage, isHanging) });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        using var leaving = new CancellationTokenSource();
        var first = proxy.AskAsync(null, Mailbox.Parse("u@own.test"), null, QueueKey.DefaultStream, leaving.Token);
        await isHanging.Task.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        sink.Script = _ => SinkAction.Accept;
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_without_a_free_socket_leaves_no_host_alone_for_long(bool isPatient)
    {
        await using var sink = new SmtpSink();
        using var slots = new SemaphoreSlim(0);
        var log = new LogCollector();
        var dialer = new Dialer(isPatient ? Patience : TimeSpan.FromMilliseconds(50), TimeProvider.System) { Slots = slots };
        var proxy = NewProxy($"smtp://{sink.EndPoint}", dialer, log);
        var first = AskAsync(proxy, "u@own.test");
        // The patient dialer waits for longer than the proxy.
        if (isPatient) await AdvanceUntilAsync(first);
        Assert.Equal((ProxyResult.Away, 451), await first);
        Assert.Equal("proxy short of sockets", Assert.Single(log.Lines).Name);
        slots.Release();
        Time.Advance(ProxyPool.ShortFor);
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
    }
}
