using System.Text;
using Microsoft.Extensions.Logging;
using MimeKit;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;
using MessageContent = Postfleet.Core.Mail.MessageContent;
using SmtpReply = Postfleet.Core.Mail.SmtpReply;

namespace Postfleet.QueueActors.Tests.Settling;

public sealed class SettlerTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");
    private static readonly QueueKey SenderQueue = QueueKey.FromTrusted("default:example.org");

    private readonly RecordingHandOff _handOff = new();
    private readonly RecordingLogger _log = new();
    private readonly List<Reporter> _reporters = [];

    private MemorySpool Spool { get; } = new();

    public void Dispose() => _reporters.ForEach(reporter => reporter.Dispose());

    [Fact]
    public async Task A_delivered_part_is_deleted()
    {
        var message = await StoreAsync();
        using var settler = Settler();
        Assert.Equal([new AttemptId(message.Id, 1)], await settler.SettleAsync(Queue, [Done(message)], default));
        Assert.Null(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
        Assert.Empty(_handOff.Parts);
    }

    [Fact]
    public async Task A_settlement_repeated_by_a_new_owner_of_the_queue_is_logged_once()
    {
        var message = await StoreAsync();
        for (var i = 0; i < 3; i++)
        {
            using var settler = Settler();
            Assert.Single(await settler.SettleAsync(Queue, [Done(message)], default));
        }

        Assert.Single(_log.Lines, line => line.Id == 2009);
    }

    [Fact]
    public async Task A_failure_stores_one_dsn_and_hands_it_off_however_often_it_is_settled()
    {
        var message = await StoreAsync();
        using var settler = Settler();
        for (var i = 0; i < 3; i++)
            Assert.Equal([new AttemptId(message.Id, 1)], await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));

        var part = Assert.Single(_handOff.Parts);
        Assert.Equal(SenderQueue, part.Queue);
        Assert.Equal(part.Id, Assert.Single(await UnclaimedAsync()).Id);
        var notification = (await Spool.ReadAsync(part.Id, default))!;
        Assert.Null(notification.Message.ReversePath);
        Assert.Equal(["sender@example.org"], notification.Part.Recipients.Select(recipient => recipient.Address));
        Assert.Equal(notification.Content.Length, notification.Message.Size);
        using var mail = MimeMessage.Load(new MemoryStream(notification.Content.ToMemory().ToArray()));
        var groups = mail.BodyParts.OfType<MessageDeliveryStatus>().Single().StatusGroups;
        Assert.Equal("rfc822; user0@a.test", groups[1]["Final-Recipient"]);
        Assert.Contains("Subject: hello", Encoding.ASCII.GetString(notification.Content.ToMemory().Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_some_recipients_leaves_the_part_and_a_later_one_is_reported_by_itself()
    {
        var message = await StoreAsync(recipients: 3);
        using var settler = Settler();
        await settler.SettleAsync(Queue, [Failed(message, isFinal: false, 1)], default);
        await settler.SettleAsync(Queue, [Failed(message, isFinal: false, 1)], default);
        Assert.Single(_handOff.Parts);
        Assert.NotNull(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
        await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0, 2) with { Attempt = 2 }], default);
        Assert.Equal(2, _handOff.Parts.Count);
        Assert.Null(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
        var second = (await Spool.ReadAsync(_handOff.Parts[1].Id, default))!;
        var text = Encoding.ASCII.GetString(second.Content.ToMemory().Span);
        Assert.Contains("user0@a.test", text, StringComparison.Ordinal);
        Assert.Contains("user2@a.test", text, StringComparison.Ordinal);
        Assert.DoesNotContain("user1@a.test", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bounce_without_a_sender_is_dropped_with_a_line_in_the_log()
    {
        var message = await StoreAsync(sender: null);
        using var settler = Settler();
        for (var i = 0; i < 2; i++)
            Assert.Equal([new AttemptId(message.Id, 1)], await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Assert.Null(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
        Assert.Empty(await UnclaimedAsync());
        Assert.Empty(_handOff.Parts);
        Assert.Contains("550 5.1.1 no such user", Assert.Single(_log.Lines, line => line.Id == 2012).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_is_gone_is_confirmed()
    {
        var message = NewMessage(1, Mailbox.Parse("sender@example.org"));
        using var settler = Settler();
        Assert.Single(await settler.SettleAsync(Queue, [Done(message)], default));
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Assert.Empty(_handOff.Parts);
    }

    [Fact]
    public async Task Reports_refused_by_the_storage_are_left_out_and_settled_later()
    {
        var (first, second, third) = (await StoreAsync(), await StoreAsync(), await StoreAsync());
        using var settler = Settler();
        IReadOnlyList<SettlementRequest> reports = [Done(first), Done(second), Failed(third, isFinal: true, 0)];
        FailFor(id => id == second.Id || id == third.Id, _ => new SpoolUnavailableException("the storage is away"));
        Assert.Equal([new AttemptId(first.Id, 1)], await settler.SettleAsync(Queue, reports, default));
        Assert.Equal(2, _log.Lines.Count(line => line.Id == 2010));
        Assert.Empty(_handOff.Parts);
        Spool.Before = _ => default;
        Assert.Equal(3, (await settler.SettleAsync(Queue, reports, default)).Count);
        Assert.Single(_handOff.Parts);
    }

    [Fact]
    public async Task An_answer_that_was_lost_after_the_commit_stores_no_second_dsn()
    {
        var message = await StoreAsync();
        Spool.AfterSettling = _ => throw new SpoolUnavailableException("the answer was lost");
        using var settler = Settler();
        Assert.Empty(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Spool.AfterSettling = _ => { };
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        // The DSN has one row. It was not handed off, so the sweeper will find it.
        Assert.Equal(SenderQueue, Assert.Single(await UnclaimedAsync()).Queue);
        Assert.Empty(_handOff.Parts);
    }

    [Fact]
    public async Task A_report_that_fails_in_an_unforeseen_way_does_not_hold_up_the_others()
    {
        var (good, bad) = (await StoreAsync(), await StoreAsync());
        FailFor(id => id == bad.Id, _ => new InvalidOperationException("an unforeseen fault"));
        using var settler = Settler();
        Assert.Equal([new AttemptId(good.Id, 1)], await settler.SettleAsync(Queue, [Done(bad), Done(good)], default));
        Assert.Equal(2015, Assert.Single(_log.Lines, line => line.Level >= LogLevel.Warning).Id);
    }

    [Fact]
    public async Task A_corrupt_part_is_set_aside_and_kept()
    {
        var message = await StoreAsync();
        FailFor(id => id == message.Id, part => new CorruptPartException(part, "its envelope cannot be read"));
        using var settler = Settler();
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Assert.Equal(2011, Assert.Single(_log.Lines, line => line.Level >= LogLevel.Warning).Id);
        Assert.Equal((1, 1, 0), Spool.Rows);
    }

    /// <summary>Otherwise its queue, which has forgotten the part, would get the part again and send it again.</summary>
    [Fact]
    public async Task A_corrupt_part_is_set_aside_only_when_the_sweeper_will_not_find_it()
    {
        var message = await StoreAsync();
        var refusesMarks = true;
        Spool.Before = call => call.Method switch
        {
            nameof(IReportStore.ReadHeadAsync) => throw new CorruptPartException(call.Part, "its envelope cannot be read"),
            nameof(IPartLedger.MarkHandedOffAsync) when refusesMarks => throw new SpoolUnavailableException("the storage is away"),
            _ => default,
        };
        using var settler = Settler();
        Assert.Empty(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Assert.Single(await UnclaimedAsync());
        refusesMarks = false;
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Assert.Empty(await UnclaimedAsync());
        Assert.NotNull(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
    }

    [Fact]
    public async Task A_failure_that_names_no_recipient_of_the_part_makes_no_empty_dsn()
    {
        var message = await StoreAsync();
        using var settler = Settler();
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 7)], default));
        Assert.Empty(await UnclaimedAsync());
        Assert.Single(_log.Lines, line => line.Id == 2012);
    }

    [Fact]
    public async Task A_queue_that_stops_gets_what_is_settled_by_then_and_no_error_is_logged()
    {
        var (slow, quick) = (await StoreAsync(), await StoreAsync());
        using var stopped = new CancellationTokenSource();
        Spool.Before = call => call.Method == nameof(IReportStore.ReadHeadAsync)
            ? new ValueTask(Task.Delay(Timeout.Infinite, stopped.Token)) : default;
        using var settler = Settler();
        var settling = settler.SettleAsync(Queue, [Failed(slow, isFinal: true, 0), Done(quick)], stopped.Token).AsTask();
        await Eventually.True(
            async () => await Spool.ReadAsync(new PartId(quick.Id, Queue), default) is null, TimeSpan.FromSeconds(20), "it is settled");
        await stopped.CancelAsync();
        Assert.Equal([new AttemptId(quick.Id, 1)], await settling);
        Assert.DoesNotContain(_log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Dsns_are_made_a_bounded_number_at_a_time_and_hold_up_nothing_else()
    {
        var failed = new List<SettlementRequest>();
        for (var i = 0; i < 2 * QueueActors.Settling.Settler.MaxNotifications; i++)
            failed.Add(Failed(await StoreAsync(), isFinal: true, 0));
        var delivered = Done(await StoreAsync());
        var (gate, full) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (now, most) = (0, 0);
        Spool.Before = async call =>
        {
            if (call.Method != nameof(IReportStore.ReadHeadAsync)) return;
            var mine = Interlocked.Increment(ref now);
            lock (full) most = Math.Max(most, mine);
            if (mine == QueueActors.Settling.Settler.MaxNotifications) full.TrySetResult();
            await gate.Task;
            Interlocked.Decrement(ref now);
        };
        using var settler = Settler();
        var settling = settler.SettleAsync(Queue, failed, default).AsTask();
        await full.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Single(await settler.SettleAsync(Queue, [delivered], default));
        gate.SetResult();
        Assert.Equal(failed.Count, (await settling).Count);
        Assert.Equal(QueueActors.Settling.Settler.MaxNotifications, most);
    }

    [Fact]
    public async Task Concurrent_settlements_of_the_same_report_store_one_dsn()
    {
        var message = await StoreAsync();
        using var settler = Settler();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(async () =>
            Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default)))));
        Assert.Equal(Assert.Single(_handOff.Parts).Id, Assert.Single(await UnclaimedAsync()).Id);
    }

    [Fact]
    public async Task Many_failures_at_a_time_are_all_settled()
    {
        var messages = new List<NewMessage>();
        for (var i = 0; i < 60; i++) messages.Add(await StoreAsync());
        using var settler = Settler();
        Assert.Equal(60, (await settler.SettleAsync(Queue, [.. messages.Select(m => Failed(m, isFinal: true, 0))], default)).Count);
        Assert.Equal(60, _handOff.Parts.Select(part => part.Part.Message).Distinct().Count());
        Assert.Equal(60, (await UnclaimedAsync()).Count);
    }

    [Fact]
    public async Task A_delay_is_reported_once_and_the_part_stays_for_later_outcomes()
    {
        var message = await StoreAsync();
        using var settler = Settler();
        for (var i = 0; i < 3; i++) Assert.Single(await settler.SettleAsync(Queue, [Late(message, attempt: 4)], default));
        var part = Assert.Single(_handOff.Parts);
        Assert.Contains("Action: delayed", await ReadAsync(part.Id), StringComparison.Ordinal);
        Assert.NotNull(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0) with { Attempt = 5 }], default));
        Assert.Contains("Action: failed", await ReadAsync(_handOff.Parts[1].Id), StringComparison.Ordinal);
        Assert.Null(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
    }

    [Fact]
    public async Task A_failure_without_a_requested_notification_is_settled_without_a_dsn()
    {
        var message = await StoreAsync(request: new DsnRequest(NotifyOn.Never, ""));
        using var settler = Settler();
        Assert.Single(await settler.SettleAsync(Queue, [Late(message, attempt: 4)], default));
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0) with { Attempt = 5 }], default));
        Assert.Empty(_handOff.Parts);
        Assert.Null(await Spool.ReadAsync(new PartId(message.Id, Queue), default));
        Assert.Contains("no such user", Assert.Single(_log.Lines, line => line.Id == 2021).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_log.Lines, line => line.Id == 2012);
    }

    [Fact]
    public async Task A_message_longer_than_the_first_read_comes_back_whole_on_request()
    {
        var line = $"{new string('x', 70)}\r\n";
        var body = string.Concat(Enumerable.Repeat(line, 2 * DsnBuilder.MaxHead / line.Length)) + "the end\r\n";
        var message = await StoreAsync(body: body, content: ReturnContent.Full);
        var rules = Rules with { MaxReturned = 1_000_000, Copies = [Mailbox.Parse("postmaster@example.net")] };
        using var settler = Settler(rules: rules);
        Assert.Single(await settler.SettleAsync(Queue, [Failed(message, isFinal: true, 0)], default));
        Assert.Equal(["default:example.org", "default:example.net"], _handOff.Parts.Select(part => part.Queue.Value));
        foreach (var part in _handOff.Parts) Assert.Contains("the end\r\n", await ReadAsync(part.Id), StringComparison.Ordinal);
    }

    private static readonly NotificationRules Rules = new(_ => TimeSpan.FromDays(5)) { MaxReturned = 50_000 };

    private Settler Settler(NotificationRules? rules = null) =>
        new(Spool, Spool, NewNotifier(rules), NewReporter(rules), _handOff, TimeProvider.System, _log);

    private void FailFor(Predicate<MessageId> messages, Func<PartId, Exception> fault) =>
        Spool.Before = call => messages(call.Part.Message) ? throw fault(call.Part) : default;

    private static Notifier NewNotifier(NotificationRules? rules) => new(new DsnBuilder("mx.postfleet.test"), rules ?? Rules);

    private Reporter NewReporter(NotificationRules? rules)
    {
        var reporter = new Reporter(
            Spool, new MessageSubmission(Spool, _handOff, TimeProvider.System), NewNotifier(rules), TimeProvider.System, _log);
        _reporters.Add(reporter);
        return reporter;
    }

    private ValueTask<IReadOnlyList<PendingPart>> UnclaimedAsync() =>
        Spool.FindUnclaimedAsync(DateTimeOffset.UtcNow.AddDays(1), null, 500, default);

    private async Task<string> ReadAsync(PartId part) =>
        Encoding.ASCII.GetString((await Spool.ReadAsync(part, default))!.Content.ToMemory().Span);

    private async Task<NewMessage> StoreAsync(
        int recipients = 1, string? sender = "sender@example.org", DsnRequest? request = null, string body = "hello\r\n",
        ReturnContent content = ReturnContent.Unspecified)
    {
        var message = NewMessage(recipients, sender is null ? null : Mailbox.Parse(sender), request, body, content);
        Assert.Equal(StoreResult.Stored, await Spool.StoreAsync(message, default));
        return message;
    }

    private static NewMessage NewMessage(
        int recipients, Mailbox? sender, DsnRequest? request = null, string body = "hello\r\n",
        ReturnContent returned = ReturnContent.Unspecified)
    {
        var content = new MessageContent(Encoding.ASCII.GetBytes($"Subject: hello\r\n\r\n{body}"));
        var envelope = new MessageEnvelope { ReversePath = sender, Size = content.Length, Return = returned };
        var part = new PartEnvelope([.. Enumerable.Range(0, recipients).Select(i => Mailbox.Parse($"user{i}@a.test"))])
        {
            Requests = request is null ? [] : [.. Enumerable.Repeat(request, recipients)],
        };
        return new NewMessage(MessageId.New(Noon), Noon, envelope, content, [new NewPart(Queue, part)]);
    }

    private static SettlementRequest Done(NewMessage message) => new(message.Id, 1, true, Noon, ReportCause.Attempt, []);

    private static SettlementRequest Late(NewMessage message, int attempt) => new(message.Id, attempt, false, Noon, ReportCause.Delayed,
        [new RecipientOutcome(RecipientSet.Of(0), Disposition.Deferred, new SmtpReply(450, null, "later"), "mx.a.test[192.0.2.1]")]);

    private static SettlementRequest Failed(NewMessage message, bool isFinal, params int[] recipients)
    {
        var reply = new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user");
        return new(message.Id, 1, isFinal, Noon, ReportCause.Attempt,
            [new RecipientOutcome(RecipientSet.Of(recipients), Disposition.Failed, reply, "mx.a.test[192.0.2.1]")]);
    }
}
