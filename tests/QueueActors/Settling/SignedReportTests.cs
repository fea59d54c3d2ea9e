using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.Testing.Fakes;
using Xunit;
using MessageContent = Postfleet.Core.Mail.MessageContent;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>Mail and reports that must be signed while the key is missing: nothing is sent unsigned, nothing is lost.</summary>
public sealed class SignedReportTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Noon);
    private readonly RecordingHandOff _handOff = new();
    private readonly MemorySpool _spool = new();
    private readonly FakeSigner _signer = new();
    private readonly MessageSubmission _submission;
    private readonly Reporter _reporter;
    private readonly Settler _settler;

    public SignedReportTests()
    {
        var notifier = new Notifier(new DsnBuilder("mx.test"), new NotificationRules(_ => TimeSpan.FromDays(5)), _signer);
        _submission = new MessageSubmission(_spool, _handOff, _time, null, _signer);
        _reporter = new Reporter(_spool, _submission, notifier, _time, new RecordingLogger());
        _settler = new Settler(_spool, _spool, notifier, _reporter, _handOff, _time, new RecordingLogger());
    }

    public void Dispose()
    {
        _settler.Dispose();
        _reporter.Dispose();
    }

    [Theory]
    [InlineData(SigningFault.None, StoreStatus.Stored)]
    [InlineData(SigningFault.KeyMissing, StoreStatus.SigningKeyMissing)]
    [InlineData(SigningFault.Unsignable, StoreStatus.Unsignable)]
    public async Task Own_mail_that_must_be_signed_is_stored_with_its_signature_alone(SigningFault fault, StoreStatus status)
    {
        _signer.Fault = fault;
        Assert.Equal(status, (await _submission.SubmitAsync(Message(isOwn: true), default)).Status);
        Assert.Equal(status == StoreStatus.Stored ? 1 : 0, _handOff.Parts.Count);
        foreach (var part in _handOff.Parts)
            Assert.StartsWith("Signed: yes\r\n", await ReadAsync(part.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_of_strangers_needs_no_signature()
    {
        _signer.Fault = SigningFault.KeyMissing;
        Assert.Equal(StoreStatus.Stored, (await _submission.SubmitAsync(Message(isOwn: false), default)).Status);
    }

    [Fact]
    public async Task A_report_waits_for_its_key_and_the_part_is_settled_meanwhile()
    {
        Assert.Equal(StoreStatus.Stored, (await _submission.SubmitAsync(Message(isOwn: false), default)).Status);
        var part = Assert.Single(_handOff.Parts).Id;
        _signer.Fault = SigningFault.KeyMissing;
        var request = new SettlementRequest(part.Message, 1, true, Noon, ReportCause.Attempt,
            [new RecipientOutcome(RecipientSet.Of(0), Disposition.Failed, new SmtpReply(550, null, "no"), "mx.a.test[192.0.2.1]")]);
        Assert.Single(await _settler.SettleAsync(part.Queue, [request], default));
        Assert.Single(_handOff.Parts);
        Assert.Null(await _spool.ReadAsync(part, default));

        // The sweeper tries, without the key and with it, and once more.
        Assert.Equal(part.Message, Assert.Single(await _spool.FindDueAsync(Noon.AddSeconds(1), 0, 10, default)).Message);
        await _reporter.ReportAsync(part.Message, default);
        Assert.Single(_handOff.Parts);
        _signer.Fault = SigningFault.None;
        await _reporter.ReportAsync(part.Message, default);
        await _reporter.ReportAsync(part.Message, default);
        var report = await ReadAsync(Assert.Single(_handOff.Parts.Skip(1)).Id);
        Assert.StartsWith("Signed: yes\r\n", report, StringComparison.Ordinal);
        Assert.Contains("Action: failed", report, StringComparison.Ordinal);
        Assert.Empty(await _spool.FindDueAsync(Noon.AddSeconds(1), 0, 10, default));
    }

    private static Submission Message(bool isOwn)
    {
        var content = new MessageContent("From: joe@x.test\r\n\r\nx\r\n"u8.ToArray());
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("joe@x.test"), Size = content.Length };
        return new Submission(MessageId.New(Noon), envelope, [Mailbox.Parse("ann@a.test")], content) { IsOwn = isOwn };
    }

    private async Task<string> ReadAsync(PartId part) =>
        Encoding.ASCII.GetString((await _spool.ReadAsync(part, default))!.Content.ToMemory().Span);

    private sealed class FakeSigner : IMessageSigner
    {
        public SigningFault Fault { get; set; }

        public SignedContent Sign(MessageContent content, string stream) => Fault != SigningFault.None ? new(content, Fault)
            : new(new MessageContent(Encoding.ASCII.GetBytes("Signed: yes\r\n").Concat(content.ToMemory().ToArray()).ToArray()));

        public ValueTask<SignedContent> SignAsync(MessageContent content, string stream, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Sign(content, stream));
    }
}
