using System.Net;
using Postfleet.Cluster.Liveness;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Mail;
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

/// <summary>Recipients on the suppression list get no mail at an attempt. Uses a connection loop over real sockets.</summary>
public sealed class SuppressedRecipientsTests : IAsyncLifetime
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:a.example");

    private readonly MemorySpool _spool = new();
    private readonly FakeDns _dns = new();
    private readonly LogCollector _log = new();
    private readonly FrozenTime _sleep = new();
    private readonly StallDetector _stalls;
    private readonly FakeSuppression _list = new() { Entries = { ["gone@a.example"] = "unknown-user", ["left@a.example"] = "" } };
    private readonly SmtpSink _sink = new(new SinkOptions { Address = IPAddress.Parse("127.201.0.9"), KeepCommands = true });
    private ulong _lastMessage;

    public SuppressedRecipientsTests() => _stalls = new StallDetector(_sleep, _log);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _sink.DisposeAsync();
        _stalls.Dispose();
    }

    [Fact]
    public async Task An_attempt_ends_with_the_recipients_on_the_list_and_the_next_has_the_others()
    {
        await using var loop = Start();
        var ended = await loop.RunAsync(NewJob(out var part, "x@a.example", "gone@a.example", "left@a.example"));
        Assert.Equal((AttemptResult.Attempted, 0, true), (ended.Outcome!.Result, ended.Transactions, ended.IsUsable));
        Assert.Equal(
            [
                ("550 5.7.1 the recipient is on the suppression list: unknown-user", 1),
                ("550 5.7.1 the recipient is on the suppression list", 2),
            ],
            ended.Outcome.Recipients.Select(outcome => (outcome.Reply.ToString(), outcome.Recipients.Indexes().Single())));
        Assert.All(ended.Outcome.Recipients, outcome => Assert.Equal((Disposition.Failed, ""), (outcome.Disposition, outcome.RemoteHost)));
        Assert.Equal(new SuppressedMail("bulk", "shop"), Assert.Single(_list.Asked));
        Assert.Empty(_sink.Messages);

        ended = await loop.RunAsync(new Job(part, 2, RecipientSet.Of(0), new QueueLine(Queue), _stalls.Mark()));
        Assert.Equal(Disposition.Delivered, Assert.Single(ended.Outcome!.Recipients).Disposition);
        Assert.Equal(["x@a.example"], Assert.Single(_sink.Messages).Recipients);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Mail_of_strangers_and_a_list_that_is_off_are_no_reason(bool isOn, bool isOfStranger)
    {
        _list.IsOn = isOn;
        await using var loop = Start();
        var ended = await loop.RunAsync(NewJob(out _, isOfStranger, "gone@a.example"));
        Assert.Equal(Disposition.Delivered, Assert.Single(ended.Outcome!.Recipients).Disposition);
        Assert.Empty(_list.Asked);
    }

    [Fact]
    public async Task Mail_waits_while_the_list_cannot_be_asked()
    {
        _list.Fault = new SuppressionUnavailableException("the storage is away");
        await using var loop = Start();
        var outcome = Assert.Single((await loop.RunAsync(NewJob(out _, "x@a.example"))).Outcome!.Recipients);
        Assert.Equal((Disposition.Deferred, "451 4.3.0"), (outcome.Disposition, outcome.Reply.ToString()[..9]));
        Assert.Empty(_sink.Messages);
    }

    private Job NewJob(out PartId part, params string[] recipients) => NewJob(out part, false, recipients);

    private Job NewJob(out PartId part, bool isOfStranger, params string[] recipients)
    {
        part = new PartId(MessageId.FromHalves(7, ++_lastMessage), Queue);
        var envelope = new MessageEnvelope
        {
            IsFromUntrustedClient = isOfStranger,
            Acceptance = AcceptanceDetails.None with { User = "shop" },
        };
        _spool.Add(part, DateTimeOffset.UnixEpoch, envelope, "Subject: x\r\n\r\nhello\r\n", recipients);
        return new Job(part, 1, RecipientSet.All(recipients.Length), new QueueLine(Queue), _stalls.Mark());
    }

    private RunningLoop Start()
    {
        _dns.WithAddresses("mx.example", "127.201.0.9");
        TargetHost[] hosts = [new(10, "mx.example")];
        var options = new DeliveryOptions { Port = _sink.Port };
        var connector = new SiteConnector(
            _dns, new SmtpConnector("us.example", options, new TlsClient([]), TimeProvider.System, _log), new(new EgressTable([], [])),
            new MailLoopDetector("us.example", [], true, () => [], () => []), new MemoryCapture(), TimeProvider.System, _ => 0, _log);
        var services = new ConnectionServices(
            _spool, connector, TimeProvider.System, _log, _stalls, new QueueNodeReachability(TimeProvider.System))
        { Suppression = _list };
        var target = new DeliveryTarget(SiteNames.For(hosts, _sink.Port), TargetKind.Mx, hosts, _sink.Port);
        return new RunningLoop(target, services, CancellationToken.None, CancellationToken.None);
    }
}
