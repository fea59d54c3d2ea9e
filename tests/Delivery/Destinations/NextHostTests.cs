using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Cluster.Liveness;
using Postfleet.Contracts;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>
/// Recipients deferred by a mail host are offered to the next host within the attempt. Uses a connection loop over real sockets.
/// </summary>
public sealed class NextHostTests : IAsyncLifetime
{
    private const string Full = "452 4.3.1 disk full";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.example");

    private readonly MemorySpool _spool = new();
    private readonly FakeDns _dns = new();
    private readonly LogCollector _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FrozenTime _sleep = new();
    private readonly StallDetector _stalls;
    private readonly QueueNodeReachability _queueNodes = new(TimeProvider.System);
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly SmtpSink _first = Sink("127.201.0.1", 0);
    private readonly SmtpSink _second;
    private readonly List<TargetHost> _hosts = [];
    private ulong _lastMessage;

    public NextHostTests()
    {
        _stalls = new StallDetector(_sleep, _log);
        _second = Sink("127.201.0.2", _first.Port);
        AddHost("mx1.example", "127.201.0.1");
        AddHost("mx2.example", "127.201.0.2");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _stalls.Dispose();
        _stopped.Dispose();
        _abandoned.Dispose();
    }

    [Theory]
    [InlineData(SinkStage.Mail, false)]
    [InlineData(SinkStage.Mail, true)]
    [InlineData(SinkStage.Recipient, false)]
    [InlineData(SinkStage.Recipient, true)]
    [InlineData(SinkStage.Data, false)]
    [InlineData(SinkStage.Data, true)]
    [InlineData(SinkStage.EndOfData, false)]
    [InlineData(SinkStage.EndOfData, true)]
    public async Task A_message_that_a_host_puts_off_at_any_step_goes_to_the_next_at_once(SinkStage stage, bool isPipelined)
    {
        _first.Script = step => step.Stage == SinkStage.Hello && isPipelined ? SinkAction.Reply("250-sink.test\n250 PIPELINING")
            : At(stage, SinkAction.Reply(Full))(step);
        var ended = await RunAsync("x@a.example", "y@a.example");
        var outcome = Assert.Single(ended.Outcome!.Recipients);
        Assert.Equal(
            (Disposition.Delivered, RecipientSet.All(2), Remote(2)), (outcome.Disposition, outcome.Recipients, outcome.RemoteHost));
        Assert.Equal((AttemptResult.Attempted, 2, ""), (ended.Outcome.Result, ended.Transactions, ended.Outcome.Details!.Address));
        Assert.Empty(_first.Messages);
        Assert.Equal(["x@a.example", "y@a.example"], Assert.Single(_second.Messages).Recipients);
    }

    [Theory]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.Recipient)]
    [InlineData(SinkStage.Data)]
    [InlineData(SinkStage.EndOfData)]
    public async Task A_421_of_a_host_sends_the_message_to_the_next_host(SinkStage stage)
    {
        _first.Script = At(stage, SinkAction.ReplyAndDrop("421 4.3.2 shutting down"));
        var ended = await RunAsync("x@a.example");
        Assert.Equal((Disposition.Delivered, Remote(2)), Verdict(ended, 0));
        Assert.Single(_second.Messages);
    }

    [Fact]
    public async Task Only_deferred_recipients_are_offered_to_the_next_host()
    {
        _first.Script = step => step.Stage != SinkStage.Recipient ? SinkAction.Accept
            : step.Line.Contains("<full@", StringComparison.Ordinal) ? SinkAction.Reply("452 4.2.2 mailbox full")
            : step.Line.Contains("<never@", StringComparison.Ordinal) ? SinkAction.Reply("550 5.1.1 no such user") : SinkAction.Accept;
        var ended = await RunAsync("x@a.example", "full@a.example", "never@a.example", "y@a.example");
        Assert.Equal([(Disposition.Delivered, Remote(1)), (Disposition.Delivered, Remote(2)), (Disposition.Failed, Remote(1)),
            (Disposition.Delivered, Remote(1))],
            Enumerable.Range(0, 4).Select(index => Verdict(ended, index)));
        Assert.Equal(["x@a.example", "y@a.example"], Assert.Single(_first.Messages).Recipients);
        Assert.Equal(["full@a.example"], Assert.Single(_second.Messages).Recipients);
    }

    [Fact]
    public async Task Replies_of_the_next_host_fail_or_defer_the_recipients_offered_to_it()
    {
        AddHost("mx3.example", "127.201.0.3");
        await using var third = Sink("127.201.0.3", _first.Port);
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        _second.Script = step => step.Stage != SinkStage.Recipient ? SinkAction.Accept
            : SinkAction.Reply(step.Line.Contains("<never@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : "450 4.2.0 greylisted");
        var ended = await RunAsync("never@a.example", "later@a.example");
        Assert.Equal([(Disposition.Failed, Remote(2)), (Disposition.Deferred, Remote(2))], [Verdict(ended, 0), Verdict(ended, 1)]);
        Assert.Equal("450 4.2.0 greylisted", Reply(ended, 1));
        Assert.Equal(0, third.ConnectionsTotal);
    }

    [Fact]
    public async Task The_reply_of_each_host_is_logged()
    {
        _first.Script = At(SinkStage.EndOfData, SinkAction.Reply(Full));
        await RunAsync("x@a.example");
        Assert.Equal([Remote(1), Remote(2)], _log.Lines.Where(line => line.Name == "attempt").Select(line => line.Fields["RemoteHost"]));
        Assert.Equal(
            [(Disposition.Deferred, Remote(1), Full, "remote-error"), (Disposition.Delivered, Remote(2), "250 2.0.0 taken", "none")],
            _log.Lines.Where(line => line.Name == "outcome").Select(line => ((Disposition)line.Fields["Disposition"]!,
                (string)line.Fields["RemoteHost"]!, (string)line.Fields["Reply"]!, (string)line.Fields["Class"]!)));
    }

    [Fact]
    public async Task Both_connections_end_with_QUIT_and_the_second_serves_no_other_job()
    {
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        var ended = await RunAsync("x@a.example");
        Assert.False(ended.IsUsable);
        Assert.Equal("QUIT", _first.Commands(1)[^1]);
        Assert.Equal("QUIT", _second.Commands(1)[^1]);
    }

    [Fact]
    public async Task A_single_host_defers_mail_without_another_attempt()
    {
        _hosts.RemoveAt(1);
        await StaysAtTheFirstAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Other_addresses_of_the_same_host_are_not_other_hosts(bool isAlone)
    {
        // The connector's random numbers turn the addresses round.
        _dns.WithAddresses("mx1.example", "127.201.0.3", "127.201.0.1");
        await using var same = Sink("127.201.0.3", _first.Port);
        if (isAlone)
        {
            _hosts.RemoveAt(1);
            await StaysAtTheFirstAsync();
        }
        else
        {
            _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
            Assert.Equal((Disposition.Delivered, Remote(2)), Verdict(await RunAsync("x@a.example"), 0));
        }

        Assert.Equal(0, same.ConnectionsTotal);
    }

    [Fact]
    public async Task Another_name_of_the_same_address_is_not_another_host()
    {
        _dns.WithAddresses("mx2.example", "127.201.0.1");
        await StaysAtTheFirstAsync();
    }

    [Fact]
    public async Task The_first_reply_stays_when_the_next_host_refuses_connections_and_is_then_avoided()
    {
        await _second.RefuseAsync();
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        await using var loop = Start();
        var ended = await loop.RunAsync(NewJob("x@a.example"));
        Assert.Equal((Disposition.Deferred, Remote(1)), Verdict(ended, 0));
        Assert.Equal((Full, 1, false), (Reply(ended, 0), ended.Transactions, ended.IsUsable));
        var line = Assert.Single(_log.Lines, line => line.Name == "no other host");
        Assert.Contains("connection refused", (string)line.Fields["Reply"]!, StringComparison.Ordinal);

        await using var next = Start(loop.Connector);
        ended = await next.RunAsync(NewJob("x@a.example"));
        Assert.Equal((Full, true), (Reply(ended, 0), ended.IsUsable));
        Assert.Single(_log.Lines, line => line.Name == "no other host");
    }

    [Fact]
    public async Task A_next_host_with_a_bad_greeting_is_skipped_for_the_host_after_it()
    {
        AddHost("mx3.example", "127.201.0.3");
        await using var third = Sink("127.201.0.3", _first.Port);
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        _second.Script = At(SinkStage.Connect, SinkAction.ReplyAndDrop("421 4.3.2 too busy"));
        Assert.Equal((Disposition.Delivered, Remote(3)), Verdict(await RunAsync("x@a.example"), 0));
        Assert.Single(third.Messages);
    }

    [Fact]
    public async Task A_connection_lost_after_the_final_dot_is_not_followed_by_another_host()
    {
        _first.Script = At(SinkStage.EndOfData, SinkAction.TakeAndDrop);
        var ended = await RunAsync("x@a.example");
        Assert.Equal((Disposition.Deferred, ""), Verdict(ended, 0));
        Assert.Equal(0, _second.ConnectionsTotal);
    }

    [Fact]
    public async Task A_connection_lost_at_the_final_dot_of_the_next_host_is_reported()
    {
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        _second.Script = At(SinkStage.EndOfData, SinkAction.TakeAndDrop);
        var ended = await RunAsync("x@a.example");
        Assert.Equal((Disposition.Deferred, ""), Verdict(ended, 0));
        Assert.Contains("connection lost while waiting for the reply to the end of data", Reply(ended, 0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipients_that_are_too_many_for_a_transaction_go_to_the_same_host_in_another()
    {
        _first.Script = step =>
            step.Stage == SinkStage.Recipient && step.Transaction == 1 && !step.Line.Contains("<x@", StringComparison.Ordinal)
            ? SinkAction.Reply("452 too many recipients") : SinkAction.Accept;
        var ended = await RunAsync("x@a.example", "y@a.example", "z@a.example");
        Assert.True(ended.IsUsable);
        Assert.Equal((3, 2), (_first.Deliveries, _first.Messages.Count));
        Assert.Equal(0, _second.ConnectionsTotal);
    }

    [Fact]
    public async Task A_next_host_without_a_required_extension_does_not_bounce_the_message()
    {
        _first.Script = step => step.Stage == SinkStage.Hello ? SinkAction.Reply("250-sink.test\n250 SMTPUTF8")
            : At(SinkStage.Mail, SinkAction.Reply(Full))(step);
        var ended = await RunAsync("ü@a.example");
        Assert.Equal((Disposition.Deferred, Remote(1)), Verdict(ended, 0));
        Assert.Equal(Full, Reply(ended, 0));
        Assert.Equal(1, _second.ConnectionsTotal);
        Assert.DoesNotContain(_second.Commands(1), line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_other_host_is_tried_without_most_of_the_queue_nodes()
    {
        _first.Script = step =>
        {
            if (step.Stage == SinkStage.Recipient) _queueNodes.Update(all: 3, reachable: 1);
            return step.Stage == SinkStage.Recipient ? SinkAction.Reply(Full) : SinkAction.Accept;
        };
        Assert.Equal((Disposition.Deferred, Remote(1)), Verdict(await RunAsync("x@a.example"), 0));
        Assert.Equal(0, _second.ConnectionsTotal);
    }

    [Fact]
    public async Task No_other_host_is_tried_when_the_time_of_the_destination_is_over()
    {
        _first.Script = step =>
        {
            if (step.Stage == SinkStage.EndOfData) _stopped.Cancel();
            return step.Stage == SinkStage.EndOfData ? SinkAction.Reply(Full) : SinkAction.Accept;
        };
        Assert.Equal((Disposition.Deferred, Remote(1)), Verdict(await RunAsync("x@a.example"), 0));
        Assert.Equal(0, _second.ConnectionsTotal);
    }

    [Fact]
    public async Task A_stall_at_the_next_host_withholds_its_final_dot_and_keeps_the_first_outcomes()
    {
        _first.Script = step => step.Stage == SinkStage.Recipient && step.Line.Contains("<full@", StringComparison.Ordinal)
            ? SinkAction.Reply(Full) : SinkAction.Accept;
        _second.Script = step =>
        {
            if (step.Stage == SinkStage.Data) _sleep.Advance(IStallDetector.MaxGap + TimeSpan.FromSeconds(1));
            return SinkAction.Accept;
        };
        var ended = await RunAsync("x@a.example", "full@a.example");
        Assert.Equal([(Disposition.Delivered, Remote(1)), (Disposition.Deferred, Remote(1))], [Verdict(ended, 0), Verdict(ended, 1)]);
        Assert.Equal(1, _second.ConnectionsTotal);
        Assert.Empty(_second.Messages);
    }

    [Fact]
    public async Task The_next_host_has_a_minute_up_to_its_final_dot_after_a_partial_delivery()
    {
        _first.Script = step => step.Stage == SinkStage.Recipient && step.Line.Contains("<full@", StringComparison.Ordinal)
            ? SinkAction.Reply(Full) : SinkAction.Accept;
        _second.Script = step =>
        {
            if (step.Stage != SinkStage.Data) return SinkAction.Accept;
            _time.Advance(AttemptProcedure.MaxUnreported);
            return SinkAction.Hang;
        };
        var ended = await RunAsync("x@a.example", "full@a.example");
        Assert.Equal([(Disposition.Delivered, Remote(1)), (Disposition.Deferred, Remote(1))], [Verdict(ended, 0), Verdict(ended, 1)]);
        Assert.Equal(1, _second.ConnectionsTotal);
    }

    [Fact]
    public async Task A_loop_that_is_abandoned_closes_the_connection_to_the_next_host_at_once()
    {
        var hanging = new TaskCompletionSource();
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        _second.Script = step =>
        {
            if (step.Stage == SinkStage.EndOfData) hanging.TrySetResult();
            return step.Stage == SinkStage.EndOfData ? SinkAction.Hang : SinkAction.Accept;
        };
        await using var loop = Start();
        var running = loop.RunAsync(NewJob("x@a.example"));
        await hanging.Task.WaitAsync(Patience);
        await _abandoned.CancelAsync();
        await running;
        await loop.Ended.WaitAsync(Patience);
        await Eventually.True(() => Task.FromResult(_second.ConnectionsNow == 0), Patience, "the connection to the next host is closed");
    }

    private static Func<SinkStep, SinkAction> At(SinkStage stage, SinkAction action) => step => step.Stage == stage ? action
        : SinkAction.Accept;

    private static SmtpSink Sink(string address, int port) =>
        new(new SinkOptions { Address = IPAddress.Parse(address), Port = port, KeepCommands = true, Pipelining = false });

    private static (Disposition, string) Verdict(ConnectionEvent.Ended ended, int index)
    {
        var outcome = Outcome(ended, index);
        return (outcome.Disposition, outcome.RemoteHost);
    }

    private static string Reply(ConnectionEvent.Ended ended, int index) => Outcome(ended, index).Reply.ToString();

    private static RecipientOutcome Outcome(ConnectionEvent.Ended ended, int index) =>
        Assert.Single(ended.Outcome!.Recipients, outcome => outcome.Recipients.Contains(index));

    private string Remote(int host) => $"mx{host}.example[127.201.0.{host}]:{_first.Port}";

    private void AddHost(string name, string address)
    {
        _hosts.Add(new TargetHost(10 * (_hosts.Count + 1), name));
        _dns.WithAddresses(name, address);
    }

    private async Task StaysAtTheFirstAsync()
    {
        _first.Script = At(SinkStage.Mail, SinkAction.Reply(Full));
        await using var loop = Start();
        for (var i = 0; i < 2; i++)
        {
            var ended = await loop.RunAsync(NewJob("x@a.example"));
            Assert.Equal((Disposition.Deferred, Remote(1)), Verdict(ended, 0));
            Assert.True(ended.IsUsable);
        }

        Assert.Equal((1, 0), (_first.ConnectionsTotal, _second.ConnectionsTotal));
    }

    private Job NewJob(params string[] recipients)
    {
        var part = new PartId(MessageId.FromHalves(7, ++_lastMessage), Queue);
        _spool.Add(part, DateTimeOffset.UnixEpoch, recipients);
        return new Job(part, 1, RecipientSet.All(recipients.Length), new QueueLine(Queue), _stalls.Mark());
    }

    private async Task<ConnectionEvent.Ended> RunAsync(params string[] recipients)
    {
        await using var loop = Start();
        return await loop.RunAsync(NewJob(recipients));
    }

    private RunningLoop Start(SiteConnector? connector = null)
    {
        var options = new DeliveryOptions { Port = _first.Port };
        connector ??= new SiteConnector(
            _dns, new SmtpConnector("us.example", options, new TlsClient([]), TimeProvider.System, _log), new(new EgressTable([], [])),
            new MailLoopDetector("us.example", [], true, () => [], () => []), new MemoryCapture(), TimeProvider.System, _ => 0, _log);
        var target = new DeliveryTarget(SiteNames.For(_hosts, _first.Port), TargetKind.Mx, _hosts, _first.Port);
        var services = new ConnectionServices(_spool, connector, _time, _log, _stalls, _queueNodes);
        return new RunningLoop(target, services, _stopped.Token, _abandoned.Token);
    }
}
