using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>The counting of failures towards entries of the suppression list.</summary>
public sealed class FailureCountTests : IDisposable
{
    private const string Unknown = "550 5.1.1 no such user";

    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly PartId Part = new(MessageId.FromHalves(7, 1), QueueKey.FromTrusted("bulk:a.test"));
    private static readonly MessageEnvelope Envelope = new() { Acceptance = AcceptanceDetails.None with { User = "shop" } };

    private readonly MemorySpool _spool = new();
    private readonly FakeSuppression _list = new();
    private readonly Settler _settler;
    private readonly Reporter _reporter;

    public FailureCountTests()
    {
        var (log, handOff) = (new RecordingLogger(), new RecordingHandOff());
        var notifier = new Notifier(new DsnBuilder("mx.postfleet.test"), new NotificationRules(_ => TimeSpan.FromDays(5)));
        _reporter = new Reporter(_spool, new MessageSubmission(_spool, handOff, TimeProvider.System), notifier, TimeProvider.System, log);
        _settler = new Settler(_spool, _spool, notifier, _reporter, handOff, TimeProvider.System, log)
        {
            Failures = new FailureCount(_list, BounceClassifier.Shipped),
        };
    }

    public void Dispose()
    {
        _settler.Dispose();
        _reporter.Dispose();
    }

    [Fact]
    public async Task Failures_of_the_class_of_a_rule_are_counted_with_the_mail_of_the_message()
    {
        Add(Envelope);
        Assert.True(await SettleAsync(Failed(Unknown, 0, 2, 9), Failed("550 5.7.1 spam", 1)));
        var mail = new SuppressedMail("bulk", "shop");
        Assert.Equal(
            [(mail, Part.Message, "u0@a.test", "unknown-user"), (mail, Part.Message, "u2@a.test", "unknown-user")], _list.Failures);
        Assert.Null(await _spool.ReadAsync(Part, default));
    }

    [Fact]
    public async Task A_report_is_settled_after_its_failures_are_counted_and_tried_again_while_they_cannot_be()
    {
        Add(Envelope);
        _list.Fault = new SuppressionUnavailableException("the storage is away");
        Assert.False(await SettleAsync(Failed(Unknown, 0)));
        Assert.NotNull(await _spool.ReadAsync(Part, default));
        _list.Fault = null;
        Assert.True(await SettleAsync(Failed(Unknown, 0)));
        Assert.Single(_list.Failures);
        // A new owner of the queue repeats the report: the part is gone, and was counted.
        Assert.True(await SettleAsync(Failed(Unknown, 0)));
        Assert.Single(_list.Failures);
    }

    [Theory]
    [InlineData(true, false, ReportCause.Attempt, Disposition.Failed)]
    [InlineData(false, true, ReportCause.Attempt, Disposition.Failed)]
    [InlineData(false, false, ReportCause.Expired, Disposition.Failed)]
    [InlineData(false, false, ReportCause.Attempt, Disposition.Delivered)]
    public async Task Nothing_is_counted_of_strangers_of_other_causes_and_of_delivered_mail_or_when_the_list_is_off(
        bool isOff, bool isOfStranger, ReportCause cause, Disposition disposition)
    {
        _list.IsOn = !isOff;
        Add(Envelope with { IsFromUntrustedClient = isOfStranger });
        Assert.True(await SettleAsync(cause, Failed(Unknown, 0) with { Disposition = disposition }));
        Assert.Empty(_list.Failures);
    }

    private void Add(MessageEnvelope envelope) =>
        _spool.Add(Part, Noon, envelope, "Subject: x\r\n\r\nhello\r\n", "u0@a.test", "u1@a.test", "u2@a.test");

    private static RecipientOutcome Failed(string reply, params int[] recipients)
    {
        var words = reply.Split(' ', 3);
        var status = words[1].Split('.');
        var enhanced = new EnhancedStatus(5, int.Parse(status[1], null), int.Parse(status[2], null));
        return new(
            RecipientSet.Of(recipients), Disposition.Failed, new SmtpReply(int.Parse(words[0], null), enhanced, words[2]),
            "mx.a.test[192.0.2.1]");
    }

    private Task<bool> SettleAsync(params RecipientOutcome[] outcomes) => SettleAsync(ReportCause.Attempt, outcomes);

    private async Task<bool> SettleAsync(ReportCause cause, params RecipientOutcome[] outcomes) => (await _settler.SettleAsync(
        Part.Queue, [new SettlementRequest(Part.Message, 1, true, Noon, cause, outcomes)], default)).Count == 1;
}
