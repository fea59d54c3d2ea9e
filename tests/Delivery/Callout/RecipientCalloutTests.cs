using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Callout;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Callout;

/// <summary>Questions to next hosts about recipients, over real sockets.</summary>
public sealed class RecipientCalloutTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeDns _dns = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_host_of_the_route_is_asked_without_content()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            KeepCommands = true,
            Script = step => step switch
            {
                { Stage: SinkStage.Recipient } when step.Line.Contains("no@") => SinkAction.Reply("550 5.1.1 no such user"),
                { Stage: SinkStage.Recipient } when step.Line.Contains("full@") => SinkAction.Reply("452 4.2.2 full"),
                _ => SinkAction.Accept,
            },
        });
        var callout = NewCallout($"smtp://{sink.EndPoint}");
        Assert.Equal((CalloutResult.Accepted, 250), await AskAsync(callout, "yes@own.test"));
        Assert.Equal((CalloutResult.Refused, 550), await AskAsync(callout, "no@own.test"));
        Assert.Equal((CalloutResult.Unknown, 452), await AskAsync(callout, "full@own.test"));
        // The sink does not offer SMTPUTF8.
        Assert.Equal((CalloutResult.Unknown, 553), await AskAsync(callout, "\u00e4@own.test"));
        Assert.Empty(sink.Messages);
        var commands = sink.Commands(1);
        Assert.Equal(["MAIL FROM:<>", "RCPT TO:<yes@own.test>", "RSET"], commands.Skip(1).Take(3));
    }

    [Fact]
    public async Task A_refused_sender_says_nothing_about_the_recipient()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Mail ? SinkAction.Reply("550 5.7.1 no bounces") : SinkAction.Accept,
        });
        Assert.Equal((CalloutResult.Unknown, 550), await AskAsync(NewCallout($"smtp://{sink.EndPoint}"), "yes@own.test"));
    }

    [Fact]
    public async Task Lmtp_hosts_are_asked_too()
    {
        using var peer = new SocketPeer(call => call.PlayAsync(
            "S: 220 store", "C: LHLO client.test", "S: 250 store", "C: MAIL FROM:<>", "S: 250 ok", "C: RCPT TO:<no@own.test>",
            "S: 550 5.1.1 <no@own.test> no such user", "C: RSET", "S: 250 ok", "C: QUIT", "S: 221 bye"));
        Assert.Equal((CalloutResult.Refused, 550), await AskAsync(NewCallout($"lmtp://{peer.EndPoint}"), "no@own.test"));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task Hosts_that_the_dns_names_are_not_asked()
    {
        _dns.WithAddresses("mx.own.test", "127.0.0.1");
        var answer = await NewCallout("mx").AskAsync(Mailbox.Parse("a@own.test"), "default", CancellationToken.None);
        Assert.Same(CalloutAnswer.NotAsked, answer);
    }

    [Fact]
    public async Task No_host_is_asked_about_moved_mail()
    {
        await using var sink = new SmtpSink();
        var callout = NewCallout($"smtp://{sink.EndPoint}", isMoved: queue => queue.Value == "bulk:own.test");
        Assert.Same(CalloutAnswer.NotAsked, await callout.AskAsync(Mailbox.Parse("a@own.test"), "bulk", CancellationToken.None));
        Assert.Equal(0, sink.ConnectionsTotal);
        Assert.Equal((CalloutResult.Accepted, 250), await AskAsync(callout, "a@own.test"));
    }

    [Fact]
    public async Task Many_questions_share_few_connections()
    {
        await using var sink = new SmtpSink();
        var callout = NewCallout($"smtp://{sink.EndPoint}");
        var answers = await Task.WhenAll(Enumerable.Range(0, 150)
            .Select(i => callout.AskAsync(Mailbox.Parse($"u{i}@own.test"), "default", CancellationToken.None))).WaitAsync(Patience);
        Assert.All(answers, answer => Assert.Equal(CalloutResult.Accepted, answer.Result));
        Assert.InRange(sink.ConnectionsMax, 1, CalloutSite.MaxConnections);
        Assert.InRange(sink.ConnectionsTotal, 3, 150);
    }

    [Fact]
    public async Task An_unreachable_host_is_left_alone_for_a_while()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = (IPEndPoint)reserved.LocalEndPoint!;
        var callout = NewCallout($"smtp://{endpoint}");
        Assert.Equal((CalloutResult.Unknown, 451), await AskAsync(callout, "a@own.test"));
        reserved.Close();
        await using var sink = new SmtpSink(new SinkOptions { Port = endpoint.Port });
        Assert.Equal((CalloutResult.Unknown, 451), await AskAsync(callout, "a@own.test"));
        Assert.Equal(0, sink.ConnectionsTotal);
        _time.Advance(CalloutSite.DownFor);
        Assert.Equal((CalloutResult.Accepted, 250), await AskAsync(callout, "a@own.test"));
    }

    [Fact]
    public async Task A_node_without_a_free_socket_leaves_no_host_alone_for_long()
    {
        await using var sink = new SmtpSink();
        using var slots = new SemaphoreSlim(0);
        var callout = NewCallout(
            $"smtp://{sink.EndPoint}", new Dialer(TimeSpan.FromMilliseconds(50), TimeProvider.System) { Slots = slots });
        Assert.Equal((CalloutResult.Unknown, 451), await AskAsync(callout, "a@own.test"));
        slots.Release();
        _time.Advance(CalloutSite.ShortFor);
        Assert.Equal((CalloutResult.Accepted, 250), await AskAsync(callout, "a@own.test"));
    }

    [Theory]
    [InlineData(SinkStage.Connect)]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.Recipient)]
    public async Task A_host_that_closes_the_connection_gives_no_answer(SinkStage stage)
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == stage ? SinkAction.Drop : SinkAction.Accept,
        });
        Assert.Equal((CalloutResult.Unknown, 451), await AskAsync(NewCallout($"smtp://{sink.EndPoint}"), "a@own.test"));
    }

    [Fact]
    public async Task A_fault_of_the_program_leaves_no_question_behind()
    {
        var site = new CalloutSite(
            new DeliveryTarget(new DestinationId("smtp://store.test:25"), TargetKind.Smarthost, [], 25),
            (_, _) => new(new ConnectResult.Connected(new FaultyConnection())), _time, NullLogger.Instance);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => site.AskAsync(Mailbox.Parse($"u{i}@own.test")))).WaitAsync(Patience);
        Assert.Contains(answers, answer => answer.Result == CalloutResult.Accepted);
        Assert.Contains(answers, answer => answer.Reply?.Text == "internal error");
    }

    [Theory]
    [InlineData(SinkStage.Connect)]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.Recipient)]
    public async Task A_host_that_does_not_reply_is_left_alone_for_a_while(SinkStage stage)
    {
        var hangs = true;
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => Volatile.Read(ref hangs) && step.Stage == stage ? SinkAction.Hang : SinkAction.Accept,
        });
        var callout = NewCallout($"smtp://{sink.EndPoint}");
        var question = callout.AskAsync(Mailbox.Parse("a@own.test"), "default", CancellationToken.None);
        await Eventually.Done(question, () => _time.Advance(TimeSpan.FromSeconds(1)), "the question has no answer");
        Assert.Equal("the host has not replied within 10 s", (await question).Reply!.Text);
        Volatile.Write(ref hangs, false);
        Assert.Equal((CalloutResult.Unknown, 451), await AskAsync(callout, "b@own.test"));
        Assert.Equal(1, sink.ConnectionsTotal);
        _time.Advance(CalloutSite.DownFor);
        Assert.Equal((CalloutResult.Accepted, 250), await AskAsync(callout, "b@own.test"));
    }

    [Fact]
    public async Task The_wait_can_be_given_up()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Recipient ? SinkAction.Hang : SinkAction.Accept,
        });
        using var giveUp = new CancellationTokenSource();
        var question = NewCallout($"smtp://{sink.EndPoint}").AskAsync(Mailbox.Parse("a@own.test"), "default", giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question.WaitAsync(Patience));
    }

    private static async Task<(CalloutResult Result, int Code)> AskAsync(RecipientCallout callout, string recipient)
    {
        var answer = await callout.AskAsync(Mailbox.Parse(recipient), "default", CancellationToken.None).WaitAsync(Patience);
        return (answer.Result, answer.Reply!.Code);
    }

    // Answers the first question, and throws for each further one.
    private sealed class FaultyConnection : ICalloutConnection
    {
        public string RemoteHost => "store.test";

        public string Tls => "none";

        public AttemptDetails Details => AttemptDetails.Local;

        public bool IsUsable => true;

        public int Messages { get; private set; }

        public ValueTask<CalloutAnswer> AskAsync(Mailbox recipient) => Messages++ == 0
            ? new(new CalloutAnswer(CalloutResult.Accepted, new Core.Mail.SmtpReply(250, new EnhancedStatus(2, 1, 5), "Ok")))
            : throw new InvalidOperationException("a fault");

        public ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard guard, bool isNameProven = false) =>
            throw new NotSupportedException();

        public ValueTask QuitAsync() => default;

        public ValueTask DisposeAsync() => default;
    }

    private RecipientCallout NewCallout(string to, Dialer? dialer = null, Func<QueueKey, bool>? isMoved = null)
    {
        RouteOptions[] routes = [new RouteOptions { Domain = DomainPattern.All, To = RouteTarget.Parse(to) }];
        var hosts = NextHosts.Create(routes, _dns, _time, dialer ?? new Dialer(Patience, TimeProvider.System));
        return new RecipientCallout(new MovedRoutes(hosts.Resolver, isMoved), hosts.Sites.ConnectAsync, _time, NullLogger.Instance);
    }
}
