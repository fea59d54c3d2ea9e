using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Cluster.Liveness;
using Postfleet.Contracts;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>The entity with its connections: real loops over connections in memory, all messages through the wire format.</summary>
public sealed class DestinationActorTests : TestKit
{
    private static readonly TargetHost[] Hosts = [new TargetHost(10, "mx.example")];
    private static readonly DeliveryTarget Mx = new(SiteNames.For(Hosts, 25), TargetKind.Mx, Hosts, 25);
    private static readonly QueueKey A = QueueKey.FromTrusted("default:a.example");
    private static readonly SmtpReply Dead = new(451, new EnhancedStatus(4, 4, 1), "connection refused");

    private readonly MemorySpool _spool = new();
    private readonly MemoryCapture _capture = new();
    private readonly FakeHosts _hosts = new();
    private readonly LogCollector _log = new();
    private readonly NodeStats _stats = new();
    private readonly LocalDestinations _local = new();
    private readonly FrozenTime _sleep = new();
    private readonly StallDetector _stalls;
    private readonly QueueNodeReachability _queueNodes = new(TimeProvider.System);
    private readonly TestProbe _queues;
    private readonly TestProbe _shard;
    private volatile Exception? _fault;
    private ulong _lastMessage;

    public DestinationActorTests()
        : base(ConfigurationFactory.ParseString("akka.actor.serialize-messages = on").WithFallback(PostfleetSerialization.Config))
    {
        _stalls = new StallDetector(_sleep, _log);
        _queues = CreateTestProbe();
        _shard = CreateTestProbe();
    }

    [Fact]
    public void Credit_comes_from_the_destination_itself_so_that_it_can_be_watched()
    {
        var destination = Start();
        destination.Tell(new RequestCredit(Mx, A, 3));
        Assert.Equal(new CreditGranted(A, Mx.Destination, 3), _queues.ExpectMsg<CreditGranted>() with { Incarnation = 0 });
        Assert.Equal(destination, _queues.LastSender);
    }

    [Fact]
    public void A_job_is_sent_and_its_outcome_repeated_until_it_is_acknowledged()
    {
        var destination = Start(new DestinationRules { ResendAfter = TimeSpan.FromMilliseconds(100) });
        var job = NewJob("x@a.example");
        destination.Tell(new Deliver(Mx, A, [job]));
        for (var i = 0; i < 2; i++)
        {
            var outcome = Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs);
            Assert.Equal((job.Message, 1, AttemptResult.Attempted), (outcome.Message, outcome.Attempt, outcome.Result));
            Assert.Equal(Disposition.Delivered, Assert.Single(outcome.Recipients).Disposition);
        }

        Acknowledge(destination, job);
        AwaitAssert(() => Assert.Equal(0, _stats.Destinations[Mx.Destination].Unacknowledged));
        Assert.Single(_hosts.Sent);
    }

    [Fact]
    public void A_part_that_was_settled_ends_its_job_without_sending()
    {
        Start().Tell(new Deliver(Mx, A, [NewJob()]));
        Assert.Equal(AttemptResult.PartGone, Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Result);
        Assert.Empty(_hosts.Sent);
    }

    [Fact]
    public void An_unreadable_part_defers_its_job_and_a_corrupt_part_crashes_only_its_job()
    {
        var jobs = new[] { NewJob("x@a.example"), NewJob("y@a.example"), NewJob("z@a.example") };
        _spool.Before = call => call.Part.Message == jobs[0].Message ? throw new SpoolUnavailableException("down")
            : call.Part.Message == jobs[1].Message ? throw new CorruptPartException(call.Part, "bad octets") : default;
        Start().Tell(new Deliver(Mx, A, jobs));
        var outcomes = Receive(3);
        var deferred = Assert.Single(outcomes[jobs[0].Message].Recipients);
        Assert.Equal((Disposition.Deferred, "4.3.0"), (deferred.Disposition, deferred.Reply.Status.ToString()));
        Assert.Equal(AttemptResult.Crashed, outcomes[jobs[1].Message].Result);
        Assert.Equal(Disposition.Delivered, Assert.Single(outcomes[jobs[2].Message].Recipients).Disposition);
        var line = Assert.Single(_log.Lines, line => line.Level == LogLevel.Error);
        Assert.Equal(jobs[1].Message, line.Fields["MessageId"]);
        Assert.IsType<CorruptPartException>(line.Cause);
    }

    [Fact]
    public void A_connection_is_reused_up_to_its_limit_and_then_closed_with_QUIT()
    {
        var destination = Start(new DestinationRules { MaxConnections = 1 }, maxMessages: 4);
        destination.Tell(new Deliver(Mx, A, [.. Enumerable.Range(0, 10).Select(_ => NewJob("x@a.example"))]));
        Receive(10);
        Assert.Equal([4, 4, 2], _hosts.Connections.Select(connection => connection.Messages));
        Assert.All(_hosts.Connections.Take(2), connection => Assert.True(connection.HasQuit));
    }

    [Fact]
    public void Jobs_are_sent_at_the_rate_by_a_timer_of_the_destination()
    {
        Assert.True(Rate.TryParse("20/s", out var rate));
        var started = TimeProvider.System.GetTimestamp();
        var destination = Start(new DestinationRules { MaxRate = rate });
        destination.Tell(new Deliver(Mx, A, [.. Enumerable.Range(0, 10).Select(_ => NewJob("x@a.example"))]));
        Receive(10);
        // The bucket is empty at first: ten messages take at least this long, also when the test notices the start late.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromSeconds(0.5), TimeSpan.MaxValue);
        AwaitAssert(() => Assert
            .Equal(("20/s", 20), (_stats.Destinations[Mx.Destination].MaxRate, _stats.Destinations[Mx.Destination].MaxConnections)));
        Assert.NotNull(_stats.Destinations[Mx.Destination].Tokens);
    }

    [Fact]
    public void Mail_that_leaves_over_no_network_is_not_held_up_by_a_rate()
    {
        Assert.True(Rate.TryParse("1/h", out var rate));
        var target = new DeliveryTarget(SiteNames.Named("discard"), TargetKind.Discard, [], 0);
        Start(new DestinationRules { MaxRate = rate }, target: target)
            .Tell(new Deliver(target, A, [NewJob("x@a.example"), NewJob("y@a.example")]));
        Receive(2);
        Assert.Null(_stats.Destinations[target.Destination].Tokens);
    }

    [Fact]
    public async Task The_connection_limit_includes_connections_that_are_closing()
    {
        var goodbye = new TaskCompletionSource();
        _hosts.Quitting = goodbye.Task;
        var destination = Start(new DestinationRules { MaxConnections = 2 }, maxMessages: 1);
        destination.Tell(new Deliver(Mx, A, [.. Enumerable.Range(0, 6).Select(_ => NewJob("x@a.example"))]));
        await AwaitConditionAsync(() => Task.FromResult(_hosts.Connections.Count(connection => connection.HasQuit) == 2));
        Assert.Equal(2, _hosts.Connections.Count);
        goodbye.SetResult();
        Receive(6);
        Assert.Equal(2, _hosts.MaxOpen);
    }

    [Fact]
    public void A_job_on_a_stale_connection_is_sent_on_a_new_connection()
    {
        var staled = 0;
        _hosts.Send = (connection, _, open, _) =>
        {
            if (connection.Messages == 1 || Interlocked.Exchange(ref staled, 1) == 1) return new(FakeHosts.Delivered(connection, open));
            connection.IsUsable = false;
            return new(SendResult.Stale);
        };
        var destination = Start(new DestinationRules { MaxConnections = 1 });
        var jobs = new[] { NewJob("x@a.example"), NewJob("y@a.example") };
        destination.Tell(new Deliver(Mx, A, jobs));
        Assert.All(Receive(2).Values, outcome => Assert.Equal(Disposition.Delivered, Assert.Single(outcome.Recipients).Disposition));
        Assert.Equal(2, _hosts.Connections.Count);
        Assert.Equal([jobs[0].Message, jobs[1].Message, jobs[1].Message], _hosts.Sent.Select(sent => sent.Part.Message));
    }

    [Fact]
    public void Recipients_deferred_by_the_best_host_go_to_the_next_within_the_connection_limit()
    {
        TargetHost[] hosts = [new TargetHost(10, "mx.example"), new TargetHost(20, "backup.example")];
        var target = new DeliveryTarget(SiteNames.For(hosts, 25), TargetKind.Mx, hosts, 25);
        _hosts.Send = (connection, _, open, _) => new(IsBackup(connection) ? FakeHosts.Delivered(connection, open)
            : SendResult.Attempted(
                [new RecipientOutcome(open, Disposition.Deferred, new SmtpReply(452, null, "disk full"), connection.RemoteHost)], 1));
        var destination = Start(new DestinationRules { MaxConnections = 2 }, target: target);
        var jobs = Enumerable.Range(0, 6).Select(_ => NewJob("x@a.example")).ToArray();
        destination.Tell(new Deliver(target, A, jobs));
        Assert.All(Receive(6).Values, outcome => Assert.Equal(Disposition.Delivered, Assert.Single(outcome.Recipients).Disposition));
        Assert.Equal(12, _hosts.Sent.Select(sent => (IsBackup(sent.Connection), sent.Part)).Distinct().Count());
        Assert.Equal(12, _hosts.Sent.Count);
        Assert.InRange(_hosts.MaxOpen, 1, 2);
        Assert.DoesNotContain(_log.Lines, line => line.Name == "site down");

        static bool IsBackup(FakeConnection connection) => connection.RemoteHost.StartsWith("backup", StringComparison.Ordinal);
    }

    [Fact]
    public void Outcomes_of_the_first_host_survive_a_fault_at_the_next_host()
    {
        TargetHost[] hosts = [new TargetHost(10, "mx.example"), new TargetHost(20, "backup.example")];
        var target = new DeliveryTarget(SiteNames.For(hosts, 25), TargetKind.Mx, hosts, 25);
        _hosts.Send = (connection, _, _, _) =>
            connection.RemoteHost.StartsWith("backup", StringComparison.Ordinal) ? throw new InvalidOperationException("poison")
            : new(SendResult.Attempted(
                [
                    new RecipientOutcome(RecipientSet.Of(0), Disposition.Delivered, new SmtpReply(250, null, "ok"), connection.RemoteHost),
                    new RecipientOutcome(RecipientSet.Of(1), Disposition.Deferred, new SmtpReply(452, null, "full"), connection.RemoteHost),
                ],
                1));
        Start(target: target).Tell(new Deliver(target, A, [NewJob("x@a.example", "y@a.example")]));
        var outcome = Assert.Single(Receive(1).Values);
        Assert.Equal(AttemptResult.Attempted, outcome.Result);
        Assert.Equal([Disposition.Delivered, Disposition.Deferred], outcome.Recipients.Select(recipient => recipient.Disposition));
        Assert.Single(_log.Lines, line => line.Name == "attempt crashed");
    }

    [Fact]
    public void A_fault_while_sending_crashes_only_the_job_being_sent()
    {
        var job = NewJob("x@a.example");
        _hosts.Send = (connection, part, open, _) =>
            part.Id.Message == job.Message ? throw new InvalidOperationException("poison") : new(FakeHosts.Delivered(connection, open));
        var other = NewJob("y@a.example");
        Start(new DestinationRules { MaxConnections = 1 }).Tell(new Deliver(Mx, A, [job, other]));
        var outcomes = Receive(2);
        Assert.Equal(AttemptResult.Crashed, outcomes[job.Message].Result);
        Assert.Equal(AttemptResult.Attempted, outcomes[other.Message].Result);
    }

    [Fact]
    public void A_dead_site_is_reported_to_each_queue_that_asks_and_logged_once()
    {
        _hosts.Refusal = Dead;
        var destination = Start();
        destination.Tell(new RequestCredit(Mx, A, 5));
        var answer = _queues.ExpectMsg<SiteUnavailable>();
        Assert.Equal(Dead, answer.Reply);
        Assert.InRange(answer.RetryAfter, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(40));
        destination.Tell(new RequestCredit(Mx, A, 5));
        _queues.ExpectMsg<SiteUnavailable>();
        Assert.Single(_log.Lines, line => line.Name == "site down");
        Assert.NotNull(_stats.Destinations[Mx.Destination].DownUntil);
    }

    [Fact]
    public void A_site_comes_back_after_its_pause_by_one_connection()
    {
        _hosts.Refusal = Dead;
        var destination = Start(new DestinationRules { FirstPause = TimeSpan.FromMilliseconds(200), Jitter = 0 });
        destination.Tell(new RequestCredit(Mx, A, 1));
        _queues.ExpectMsg<SiteUnavailable>();
        _hosts.Refusal = null;
        _queues.AwaitAssert(() =>
        {
            destination.Tell(new RequestCredit(Mx, A, 1));
            _queues.FishForMessage<CreditGranted>(_ => true, TimeSpan.FromMilliseconds(300));
        });
        Assert.Single(_hosts.Connections);
        Assert.Single(_log.Lines, line => line.Name == "site up");
    }

    [Fact]
    public void A_fault_while_connecting_is_reported_as_an_unreachable_site()
    {
        _hosts.Fault = new ObjectDisposedException("connector");
        var destination = Start();
        destination.Tell(new RequestCredit(Mx, A, 1));
        Assert.Equal("4.3.0", _queues.ExpectMsg<SiteUnavailable>().Reply.Status.ToString());
        Assert.Single(_log.Lines, line => line.Name == "connection crashed");
    }

    [Fact]
    public void Captured_mail_is_kept_for_the_open_recipients()
    {
        var job = NewJob("x@a.example", "y@a.example") with { Open = RecipientSet.Of(1) };
        StartLocal(TargetKind.Capture, "capture", job);
        var outcome = Assert.Single(Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Recipients);
        Assert.Equal((Disposition.Delivered, "250 2.0.0 captured"), (outcome.Disposition, outcome.Reply.ToString()));
        var captured = Assert.Single(_capture.Captured);
        Assert.Equal("y@a.example", Assert.Single(captured.Recipients).Address);
    }

    [Fact]
    public async Task Mail_is_not_captured_when_the_guard_is_closed()
    {
        var job = NewJob("x@a.example");
        var part = (await _spool.ReadAsync(new PartId(job.Message, A), default))!;
        var connection = new LocalConnection(TargetKind.Capture, _capture, TimeProvider.System);
        var result = await connection.SendAsync(part, job.Open, new FinalDotGuard(null, 0, new CancellationToken(canceled: true)));
        Assert.Equal(SendResultKind.Aborted, result.Status);
        Assert.Empty(_capture.Captured);
    }

    [Fact]
    public void Mail_that_cannot_be_captured_now_is_deferred()
    {
        _capture.Fault = new SpoolUnavailableException("full");
        StartLocal(TargetKind.Capture, "capture", NewJob("x@a.example"));
        Assert.Equal(Disposition.Deferred, Assert.Single(Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Recipients).Disposition);
    }

    [Theory]
    [InlineData(TargetKind.Discard, "discard", Disposition.Delivered, "250 2.0.0 discarded")]
    [InlineData(TargetKind.Reject, "reject", Disposition.Failed, "550 5.7.1 mail to this domain is rejected by configuration")]
    public void Discarded_and_rejected_mail_is_answered_locally(TargetKind kind, string site, Disposition disposition, string reply)
    {
        StartLocal(kind, site, NewJob("x@a.example"));
        var outcome = Assert.Single(Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Recipients);
        Assert.Equal((disposition, reply), (outcome.Disposition, outcome.Reply.ToString()));
    }

    [Fact]
    public void A_destination_that_is_to_stop_ends_its_attempt_and_waits_for_the_acknowledgement()
    {
        var sending = Hold();
        var destination = Start(new DestinationRules { MaxConnections = 1 });
        var jobs = new[] { NewJob("x@a.example"), NewJob("y@a.example") };
        destination.Tell(new Deliver(Mx, A, jobs));
        AwaitCondition(() => _hosts.Sent.Count == 1);
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        Assert.Equal(AttemptResult.NotAttempted, Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Result);
        sending.SetResult();
        Assert.Equal(AttemptResult.Attempted, Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Result);
        Acknowledge(destination, jobs[0]);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Acknowledge(destination, jobs[1]);
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
        Assert.False(_stats.Destinations.ContainsKey(Mx.Destination));
    }

    [Fact]
    public async Task A_destination_that_is_to_stop_stays_until_its_connections_are_closed_so_that_its_limit_is_free()
    {
        var (sending, goodbye) = (Hold(), new TaskCompletionSource());
        _hosts.Quitting = goodbye.Task;
        var destination = Start(new DestinationRules { MaxConnections = 2 });
        var jobs = new[] { NewJob("x@a.example"), NewJob("y@a.example") };
        destination.Tell(new Deliver(Mx, A, jobs));
        await AwaitConditionAsync(() => Task.FromResult(_hosts.Sent.Count == 2), TimeSpan.FromSeconds(30));
        sending.SetResult();
        Receive(2);
        Acknowledge(destination, jobs);
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        await AwaitConditionAsync(
            () => Task.FromResult(_hosts.Connections.All(connection => connection.HasQuit)), TimeSpan.FromSeconds(30));
        Assert.Equal(destination, (await destination.Ask<ActorIdentity>(new Identify(1), TimeSpan.FromSeconds(30))).Subject);
        Assert.Equal(2, _hosts.Open);
        goodbye.SetResult();
        ExpectTerminated(destination, TimeSpan.FromSeconds(30));
        Assert.Equal(0, _hosts.Open);
    }

    [Fact]
    public void A_destination_that_is_to_stop_gives_up_the_connections_that_are_being_opened()
    {
        _hosts.Greeting = new TaskCompletionSource().Task;
        var destination = Start();
        destination.Tell(new RequestCredit(Mx, A, 1));
        AwaitCondition(() => _hosts.Open == 1, TimeSpan.FromSeconds(30));
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
        Assert.Equal(0, _hosts.Open);
        Assert.DoesNotContain(_log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public void A_destination_does_not_wait_longer_than_its_grace()
    {
        Hold();
        var destination = Start(grace: TimeSpan.FromMilliseconds(200));
        destination.Tell(new Deliver(Mx, A, [NewJob("x@a.example")]));
        AwaitCondition(() => _hosts.Sent.Count == 1);
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
        // What nobody could end is closed, nevertheless.
        Assert.Equal(0, _hosts.Open);
    }

    [Fact]
    public void A_destination_that_fails_leaves_no_connection_behind()
    {
        Hold();
        var destination = Start(new DestinationRules { MaxConnections = 2 });
        destination.Tell(new Deliver(Mx, A, [NewJob("x@a.example"), NewJob("y@a.example")]));
        AwaitCondition(() => _hosts.Sent.Count == 2, TimeSpan.FromSeconds(30));
        _fault = new InvalidOperationException("a fault of ours");
        destination.Tell(new RequestCredit(Mx, A, 1));
        AwaitCondition(() => _hosts.Open == 0, TimeSpan.FromSeconds(30));
        _fault = null;
        destination.Tell(new Deliver(Mx, A, [NewJob("z@a.example")]));
        AwaitCondition(() => _hosts.Sent.Count == 3, TimeSpan.FromSeconds(30));
        Assert.Equal(2, _hosts.MaxOpen);
    }

    [Fact]
    public void An_attempt_before_its_final_dot_is_given_up_and_not_reported_when_the_grace_ends()
    {
        var ended = new ConcurrentQueue<SendResultKind>();
        _hosts.Send = async (connection, _, _, guard) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, guard.Stopped).ContinueWith(_ => { }, TaskScheduler.Default);
            ended.Enqueue(SendResultKind.Aborted);
            connection.IsUsable = false;
            return SendResult.Aborted(1);
        };
        // No reply is awaited, so the destination does not stay.
        var destination = Start(grace: TimeSpan.FromMilliseconds(200), replyGrace: TimeSpan.FromMinutes(10));
        var job = NewJob("x@a.example");
        destination.Tell(new Deliver(Mx, A, [job]));
        AwaitCondition(() => _hosts.Sent.Count == 1);
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
        AwaitAssert(() => Assert.Single(ended));
        AwaitAssert(
            () => Assert.Equal(job.Message, Assert.Single(_log.Lines, line => line.Name == "attempt aborted").Fields["MessageId"]));
        // The queue sends the job again under the same number: a later report would begin another attempt beside it.
        _queues.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void An_attempt_past_its_final_dot_is_still_reported_when_the_grace_ends()
    {
        _hosts.Send = async (connection, _, open, guard) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, guard.Stopped).ContinueWith(_ => { }, TaskScheduler.Default);
            return FakeHosts.Delivered(connection, open);
        };
        var destination = Start(grace: TimeSpan.FromMilliseconds(200), replyGrace: TimeSpan.FromMinutes(1));
        var job = NewJob("x@a.example");
        destination.Tell(new Deliver(Mx, A, [job]));
        AwaitCondition(() => _hosts.Sent.Count == 1);
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        Assert.Equal(AttemptResult.Attempted, Receive(1)[job.Message].Result);
        Acknowledge(destination, job);
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Jobs_that_waited_during_a_stall_are_returned_unsent()
    {
        var sending = Hold();
        var destination = Start(new DestinationRules { MaxConnections = 1 });
        var jobs = new[] { NewJob("x@a.example"), NewJob("y@a.example") };
        destination.Tell(new Deliver(Mx, A, jobs));
        AwaitCondition(() => _hosts.Sent.Count == 1);
        _sleep.Advance(IStallDetector.MaxGap + TimeSpan.FromSeconds(1));
        var fresh = NewJob("z@a.example");
        destination.Tell(new Deliver(Mx, A, [fresh]));
        sending.SetResult();
        var outcomes = Receive(2);
        Assert.Single(_hosts.Sent);
        AwaitAssert(() =>
        {
            _sleep.Advance(TimeSpan.FromSeconds(1));
            _sleep.Fire();
            Assert.Equal(2, _hosts.Sent.Count);
        }, TimeSpan.FromSeconds(60));
        foreach (var (message, outcome) in Receive(1)) outcomes[message] = outcome;
        Assert.Equal(AttemptResult.Attempted, outcomes[jobs[0].Message].Result);
        Assert.Equal(AttemptResult.NotAttempted, outcomes[jobs[1].Message].Result);
        Assert.Equal(AttemptResult.Attempted, outcomes[fresh.Message].Result);
        Assert.Equal([jobs[0].Message, fresh.Message], _hosts.Sent.Select(sent => sent.Part.Message));
    }

    /// <summary>On the losing side of a split no outcome reaches its queue, and the other side makes the same attempts again.</summary>
    [Fact]
    public void No_attempt_begins_without_most_of_the_queue_nodes()
    {
        var destination = Start();
        _queueNodes.Update(all: 3, reachable: 1);
        destination.Tell(new Deliver(Mx, A, [NewJob("x@a.example")]));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Empty(_hosts.Sent);
        _queueNodes.Update(all: 3, reachable: 2);
        Assert.Equal(AttemptResult.Attempted, Assert.Single(Receive(1).Values).Result);
    }

    [Fact]
    public async Task A_stopping_node_waits_for_its_destinations_which_accept_no_job()
    {
        var sending = Hold();
        var destination = Start();
        var job = NewJob("x@a.example");
        destination.Tell(new Deliver(Mx, A, [job]));
        await AwaitConditionAsync(() => Task.FromResult(_hosts.Sent.Count == 1));
        var drained = _local.DrainAsync(CancellationToken.None);
        destination.Tell(new Deliver(Mx, A, [NewJob("y@a.example")]));
        Assert.Equal(AttemptResult.NotAttempted, Assert.Single(_queues.ExpectMsg<Outcomes>().Jobs).Result);
        Assert.False(drained.IsCompleted);
        sending.SetResult();
        foreach (var outcome in _queues.ExpectMsg<Outcomes>().Jobs) Assert.Equal(job.Message, outcome.Message);
        Acknowledge(destination, job, new DeliveryJob(MessageId.FromHalves(7, _lastMessage), 1, default));
        await drained.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_stopping_node_cuts_off_attempts_after_its_grace()
    {
        Hold();
        var destination = Start();
        destination.Tell(new Deliver(Mx, A, [NewJob("x@a.example")]));
        await AwaitConditionAsync(() => Task.FromResult(_hosts.Sent.Count == 1));
        Watch(destination);
        using var graceOver = new CancellationTokenSource();
        var drained = _local.DrainAsync(graceOver.Token);
        Assert.False(drained.IsCompleted);
        await graceOver.CancelAsync();
        await drained.WaitAsync(TimeSpan.FromSeconds(10));
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void An_idle_destination_passivates()
    {
        var destination = Start(
            new DestinationRules { IdleConnection = TimeSpan.FromMilliseconds(50) }, idle: TimeSpan.FromMilliseconds(100));
        var job = NewJob("x@a.example");
        destination.Tell(new Deliver(Mx, A, [job]));
        Receive(1);
        _shard.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Acknowledge(destination, job);
        Assert.IsType<StopDestination>(_shard.ExpectMsg<Passivate>().StopMessage);
        Watch(destination);
        destination.Tell(StopDestination.Instance);
        ExpectTerminated(destination, TimeSpan.FromSeconds(10));
        Assert.True(Assert.Single(_hosts.Connections).HasQuit);
    }

    [Fact]
    public void Each_attempt_and_its_outcome_are_logged()
    {
        var job = NewJob([.. Enumerable.Range(0, 12).Select(i => $"r{i}@a.example")]);
        Start().Tell(new Deliver(Mx, A, [job]));
        Receive(1);
        var attempt = Assert.Single(_log.Lines, line => line.Name == "attempt");
        Assert.Equal((job.Message, A, 1, 12),
            (attempt.Fields["MessageId"], attempt.Fields["Queue"], attempt.Fields["Attempt"], attempt.Fields["Recipients"]));
        var outcome = Assert.Single(_log.Lines, line => line.Name == "outcome");
        Assert.Equal(Disposition.Delivered, outcome.Fields["Disposition"]);
        Assert.Equal("mx.example[192.0.2.1]:25", outcome.Fields["RemoteHost"]);
        Assert.EndsWith("r9@a.example,+2", (string?)outcome.Fields["Recipients"], StringComparison.Ordinal);
        Assert.IsType<double>(outcome.Fields["ElapsedMs"]);
    }

    private IActorRef Start(
        DestinationRules? rules = null, int maxMessages = 100, TimeSpan? grace = null, TimeSpan? idle = null, DeliveryTarget? target = null,
        TimeSpan? replyGrace = null)
    {
        var dns = new FakeDns().WithAddresses("mx.example", "192.0.2.1").WithAddresses("backup.example", "192.0.2.2");
        var own = new MailLoopDetector("us.example", [], allowsLoopback: true, () => [], () => []);
        var connector = new SiteConnector(
            dns, _hosts, new(new EgressTable([], [])), own, _capture, TimeProvider.System, Random.Shared.Next, NullLogger.Instance);
        var services = new DestinationServices(
            new((rules ?? new DestinationRules()) with { MaxMessages = maxMessages }),
            new ConnectionServices(_spool, connector, TimeProvider.System, _log, _stalls, _queueNodes), _local, _stats,
            () => _fault is { } fault ? throw fault : _queues.Ref, grace ?? TimeSpan.FromMinutes(1), Random.Shared.NextDouble)
        { IdleTimeout = idle ?? TimeSpan.FromMinutes(2), ReplyGrace = replyGrace ?? TimeSpan.FromSeconds(1) };
        var id = (target ?? Mx).Destination;
        return _shard.ChildActorOf(Props.Create(() => new DestinationActor(id, services)), SupervisorStrategy.DefaultStrategy);
    }

    private void StartLocal(TargetKind kind, string site, DeliveryJob job)
    {
        var target = new DeliveryTarget(SiteNames.Named(site), kind, [], 0);
        Start(target: target).Tell(new Deliver(target, A, [job]));
    }

    private DeliveryJob NewJob(params string[] recipients)
    {
        var message = MessageId.FromHalves(7, ++_lastMessage);
        if (recipients.Length > 0) _spool.Add(new PartId(message, A), DateTimeOffset.UnixEpoch, recipients);
        return new DeliveryJob(message, 1, RecipientSet.All(Math.Max(1, recipients.Length)));
    }

    /// <summary>Holds all messages up in the middle of being sent, until the result is set.</summary>
    private TaskCompletionSource Hold()
    {
        var sending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _hosts.Send = async (connection, _, open, _) =>
        {
            await sending.Task;
            return FakeHosts.Delivered(connection, open);
        };
        return sending;
    }

    private Dictionary<MessageId, JobOutcome> Receive(int count)
    {
        var outcomes = new Dictionary<MessageId, JobOutcome>();
        while (outcomes.Count < count)
            foreach (var outcome in _queues.ExpectMsg<Outcomes>(TimeSpan.FromSeconds(10)).Jobs) outcomes[outcome.Message] = outcome;
        return outcomes;
    }

    private static void Acknowledge(IActorRef destination, params DeliveryJob[] jobs) =>
        destination.Tell(new OutcomesAcknowledged(Mx.Destination, A, [.. jobs.Select(job => new AttemptId(job.Message, job.Attempt))]));
}
