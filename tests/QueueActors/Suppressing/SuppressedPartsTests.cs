using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.Suppressing;
using Postfleet.QueueActors.Tests.Settling;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.QueueActors.Tests.Suppressing;

/// <summary>The end of parts of new messages whose recipients all are on the suppression list.</summary>
public sealed class SuppressedPartsTests : IDisposable
{
    private static readonly MessageContent Content = new("Subject: hello\r\n\r\nhello\r\n"u8.ToArray());

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemorySpool _spool = new() { KeepsOutcomes = true };
    private readonly RecordingHandOff _handOff = new();
    private readonly RecordingLogger _log = new();
    private readonly FakeSuppression _list = new();
    private readonly Settler _settler;
    private readonly Reporter _reporter;
    private readonly MessageSubmission _submission;

    public SuppressedPartsTests()
    {
        var notifier = new Notifier(new DsnBuilder("mx.postfleet.test"), new NotificationRules(_ => TimeSpan.FromDays(5)));
        _reporter = new Reporter(_spool, new MessageSubmission(_spool, _handOff, _time), notifier, _time, _log);
        _settler = new Settler(_spool, _spool, notifier, _reporter, _handOff, _time, _log);
        _submission = new MessageSubmission(
            _spool, _handOff, _time, suppressed: new SuppressedParts(_list, () => _settler, _spool, _time, _log));
        (_list.Entries["a@x.test"], _list.Entries["b@x.test"], _list.Entries["c@y.test"]) = ("unknown-user", "manual", "manual");
    }

    public void Dispose()
    {
        _settler.Dispose();
        _reporter.Dispose();
    }

    [Fact]
    public async Task A_part_whose_recipients_all_are_on_the_list_ends_and_its_sender_gets_a_report()
    {
        var message = await SubmitAsync(new MessageEnvelope { ReversePath = Mailbox.Parse("me@own.test") }, "a@x.test", "b@x.test");
        var report = Assert.Single(_handOff.Parts);
        Assert.Equal("default:own.test", report.Queue.Value);
        Assert.Null(await _spool.ReadAsync(new PartId(message, QueueKey.FromTrusted("default:x.test")), default));
        var kept = Assert.Single(_spool.Outcomes);
        Assert.Equal((message, 1), (kept.Part.Message, kept.Number));
        Assert.Equal(
            [
                "550 5.7.1 the recipient is on the suppression list: unknown-user",
                "550 5.7.1 the recipient is on the suppression list: manual",
            ],
            kept.Outcomes.Recipients.Select(outcome => outcome.Reply.ToString()));
        Assert.All(kept.Outcomes.Recipients, outcome => Assert.Equal((Disposition.Failed, ""), (outcome.Disposition, outcome.RemoteHost)));
        Assert.Equal(new SuppressedMail("default", "shop"), Assert.Single(_list.Asked));
    }

    [Fact]
    public async Task A_part_with_other_recipients_goes_to_its_queue_whole_and_another_part_ends()
    {
        var message = await SubmitAsync(new MessageEnvelope(), "a@x.test", "d@x.test", "c@y.test");
        Assert.Equal(new PartId(message, QueueKey.FromTrusted("default:x.test")), Assert.Single(_handOff.Parts).Id);
        Assert.Equal((1, 1, 0), _spool.Rows);
        var part = await _spool.ReadAsync(_handOff.Parts[0].Id, default);
        Assert.Equal(["a@x.test", "d@x.test"], part!.Part.Recipients.Select(recipient => recipient.Address));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Mail_of_strangers_and_mail_under_a_list_that_is_off_go_to_their_queues(bool isOn, bool isOfStranger)
    {
        _list.IsOn = isOn;
        await SubmitAsync(new MessageEnvelope { IsFromUntrustedClient = isOfStranger }, "a@x.test");
        Assert.Equal("default:x.test", Assert.Single(_handOff.Parts).Queue.Value);
        Assert.Empty(_list.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_is_accepted_while_the_list_or_the_settling_fails(bool isListAway)
    {
        if (isListAway) _list.Fault = new SuppressionUnavailableException("the storage is away");
        else _spool.Before = call => call.Method == nameof(IReportStore.ReadHeadAsync) ? throw Away : default;
        await SubmitAsync(new MessageEnvelope(), "a@x.test");
        Assert.Equal("default:x.test", Assert.Single(_handOff.Parts).Queue.Value);
        Assert.Equal((1, 1, 0), _spool.Rows);
        Assert.Equal(isListAway ? 1 : 0, _log.Lines.Count(line => line.Id == 2037 && line.Level == LogLevel.Warning));
    }

    private static SpoolUnavailableException Away => new("the storage is away");

    private async Task<MessageId> SubmitAsync(MessageEnvelope envelope, params string[] recipients)
    {
        var id = MessageId.New(_time.GetUtcNow());
        var submission = new Submission(
            id, envelope with { Size = Content.Length, Acceptance = AcceptanceDetails.None with { User = "shop" } },
            [.. recipients.Select(Mailbox.Parse)], Content);
        Assert.Equal(StoreResult.Stored, await _submission.SubmitAsync(submission, default));
        return id;
    }
}
