using System.Net;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Proxy;

/// <summary>Mail that is passed on to a host while the client waits, over real sockets.</summary>
public sealed class MailProxyTests : ProxyBench
{
    [Fact]
    public async Task Questions_and_messages_share_a_connection_that_is_closed_when_it_is_not_used()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            KeepCommands = true,
            KeepContent = true,
            Script = step => step.Stage == SinkStage.Recipient && step.Line.Contains("no@") ? SinkAction.Reply("550 5.1.1 no such user")
                : SinkAction.Accept,
        });
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        Assert.Equal((ProxyResult.Replied, 550), await AskAsync(proxy, "no@own.test"));
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
        var sent = await SendAsync(proxy, "u@own.test", "v@own.test");
        Assert.All(sent.Outcomes, outcome => Assert.Equal((250, false), (outcome.Reply.Code, outcome.IsOwn)));
        Assert.Equal($"{IPAddress.Loopback}[{IPAddress.Loopback}]:{sink.EndPoint.Port}", sent.RemoteHost);
        var message = Assert.Single(sink.Messages);
        Assert.Equal(["u@own.test", "v@own.test"], message.Recipients);
        Assert.Equal("Subject: x\r\n\r\n.hi\r\n", Encoding.ASCII.GetString(message.Content!));
        Assert.Equal(1, sink.ConnectionsTotal);
        Assert.Contains("MAIL FROM:<a@x.test> SIZE=100", sink.Commands(1));
        await Eventually.True(() =>
        {
            Time.Advance(Limits.Idle);
            return sink.ConnectionsNow == 0;
        }, Patience, "the connection is closed");
        Assert.Equal("QUIT", sink.Commands(1)[^1]);
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
        Assert.Equal(2, sink.ConnectionsTotal);
    }

    [Theory]
    [InlineData(SinkStage.Connect, "")]
    [InlineData(SinkStage.Mail, "")]
    [InlineData(SinkStage.Recipient, "")]
    [InlineData(SinkStage.Connect, "554 5.3.2 no service")]
    [InlineData(SinkStage.Mail, "421 4.3.2 closing")]
    [InlineData(SinkStage.Recipient, "421 4.3.2 closing")]
    [InlineData(SinkStage.Recipient, "what?")]
    public async Task A_host_that_fails_before_its_reply_is_away(SinkStage stage, string reply)
    {
        await using var sink = Failing(stage, reply);
        var (result, code) = await AskAsync(NewProxy($"smtp://{sink.EndPoint}"), "u@own.test");
        Assert.Equal(ProxyResult.Away, result);
        Assert.InRange(code, 400, 499);
        var sent = await SendAsync(NewProxy($"smtp://{sink.EndPoint}"), "u@own.test");
        Assert.False(sent.IsUncertain);
        Assert.True(Assert.Single(sent.Outcomes).Reply.IsTransient);
        Assert.Empty(sink.Messages);
    }

    [Theory]
    [InlineData(SinkStage.Mail, "550 5.7.1 not you", 550)]
    [InlineData(SinkStage.Mail, "451 4.7.1 not now", 451)]
    [InlineData(SinkStage.Recipient, "552 5.2.2 full", 552)]
    [InlineData(SinkStage.Data, "554 5.5.1 no data", 554)]
    [InlineData(SinkStage.EndOfData, "554 5.7.1 spam", 554)]
    [InlineData(SinkStage.EndOfData, "452 4.3.1 disk", 452)]
    public async Task The_replies_of_the_host_are_the_outcomes(SinkStage stage, string reply, int code)
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == stage ? SinkAction.Reply(reply) : SinkAction.Accept,
        });
        var sent = await SendAsync(NewProxy($"smtp://{sink.EndPoint}"), "u@own.test", "v@own.test");
        Assert.All(sent.Outcomes, outcome => Assert.Equal((code, false), (outcome.Reply.Code, outcome.IsOwn)));
        Assert.False(sent.IsUncertain);
        Assert.Empty(sink.Messages);
    }

    [Fact]
    public async Task A_lost_connection_is_certain_before_the_final_dot_and_uncertain_behind_it()
    {
        await using var early = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Data ? SinkAction.DropMidData(10) : SinkAction.Accept,
        });
        var sent = await SendAsync(NewProxy($"smtp://{early.EndPoint}"), 20_000_000, "u@own.test");
        Assert.Equal((true, 451, false), (sent.Outcomes[0].IsOwn, sent.Outcomes[0].Reply.Code, sent.IsUncertain));
        await using var late = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.EndOfData ? SinkAction.TakeAndDrop : SinkAction.Accept,
        });
        sent = await SendAsync(NewProxy($"smtp://{late.EndPoint}"), "u@own.test");
        Assert.Equal((true, 451, true), (sent.Outcomes[0].IsOwn, sent.Outcomes[0].Reply.Code, sent.IsUncertain));
        Assert.Single(late.Messages);
    }

    [Fact]
    public async Task A_lost_connection_is_certain_before_the_final_dot_also_behind_another_message()
    {
        using var peer = new SocketPeer(call => call.PlayAsync(
            "S: 220 store", "C: EHLO client.test", "S: 250 store", "C: MAIL FROM:<a@x.test>", "S: 250 ok", "C: RCPT TO:<u@own.test>",
            "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 2.0.0 saved", "C: MAIL FROM:<a@x.test>", "S: 250 ok",
            "C: RCPT TO:<u@own.test>"));
        var proxy = NewProxy($"smtp://{peer.EndPoint}");
        Assert.True((await SendAsync(proxy, "u@own.test")).Outcomes[0].Reply.IsPositive);
        var sent = await SendAsync(proxy, "u@own.test");
        Assert.Equal((true, 451, false), (sent.Outcomes[0].IsOwn, sent.Outcomes[0].Reply.Code, sent.IsUncertain));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_connection_that_died_while_it_waited_is_replaced()
    {
        using var peer = new SocketPeer(
            call => call.PlayAsync(
                "S: 220 store", "C: EHLO client.test", "S: 250 store", "C: MAIL FROM:<a@x.test>", "S: 250 ok", "C: RCPT TO:<u@own.test>",
                "S: 250 ok", "C: RSET", "S: 250 ok"),
            call => call.PlayAsync(
                "S: 220 store", "C: EHLO client.test", "S: 250 store", "C: MAIL FROM:<a@x.test>", "S: 250 ok", "C: RCPT TO:<u@own.test>",
                "S: 550 5.1.1 gone", "C: RSET", "S: 250 ok"));
        var proxy = NewProxy($"smtp://{peer.EndPoint}");
        Assert.Equal((ProxyResult.Replied, 250), await AskAsync(proxy, "u@own.test"));
        Assert.Equal((ProxyResult.Replied, 550), await AskAsync(proxy, "u@own.test"));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task Each_recipient_of_an_lmtp_host_has_an_outcome()
    {
        using var peer = new SocketPeer(call => call.PlayAsync(
            "S: 220 store", "C: LHLO client.test", "S: 250 store", "C: MAIL FROM:<a@x.test>", "S: 250 ok", "C: RCPT TO:<u@own.test>",
            "S: 250 ok", "C: RCPT TO:<v@own.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: Subject: x", "C: ", "C: ..hi", "C: .",
            "S: 250 2.0.0 saved", "S: 552 5.2.2 full"));
        var sent = await SendAsync(NewProxy($"lmtp://{peer.EndPoint}"), "u@own.test", "v@own.test");
        Assert.Equal([250, 552], sent.Outcomes.Select(outcome => outcome.Reply.Code));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_host_without_an_extension_that_the_message_needs_gets_none()
    {
        await using var sink = new SmtpSink();
        var proxy = NewProxy($"smtp://{sink.EndPoint}");
        var answer = await proxy.AskAsync(null, Mailbox.Parse("\u00e4@own.test"), null, QueueKey.DefaultStream, default)
            .WaitAsync(Patience);
        Assert.Equal((ProxyResult.Replied, "5.6.7"), (answer.Result, answer.Reply.Status.ToString()));
        answer = await proxy.AskAsync(Mailbox.Parse("\u00e4@x.test"), Mailbox.Parse("u@own.test"), null, QueueKey.DefaultStream, default)
            .WaitAsync(Patience);
        Assert.Equal((ProxyResult.Replied, "5.6.7"), (answer.Result, answer.Reply.Status.ToString()));
    }

    [Fact]
    public async Task Mail_for_hosts_that_theDns_names_is_not_passed_on()
    {
        Dns.WithAddresses("mx.own.test", "127.0.0.1");
        Assert.Equal(ProxyResult.NotProxied, (await AskAsync(NewProxy("mx"), "u@own.test")).Result);
    }

    private static SmtpSink Failing(SinkStage stage, string reply) => new(new SinkOptions
    {
        Script = step => step.Stage != stage ? SinkAction.Accept : reply.Length == 0 ? SinkAction.Drop : SinkAction.ReplyAndDrop(reply),
    });
}
