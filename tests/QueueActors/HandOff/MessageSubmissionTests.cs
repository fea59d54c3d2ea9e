using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Tests.Settling;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public sealed class MessageSubmissionTests
{
    private static readonly MessageContent Content = new("x\r\n"u8.ToArray());

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly MemorySpool _spool = new();
    private readonly RecordingHandOff _handOff = new();
    private readonly MessageSubmission _submission;

    public MessageSubmissionTests() => _submission = new MessageSubmission(_spool, _handOff, _time);

    [Fact]
    public async Task Parts_are_handed_off_after_the_commit_and_not_before()
    {
        var gate = new TaskCompletionSource();
        _spool.Before = _ => new ValueTask(gate.Task);
        var submitted = _submission.SubmitAsync(Message("a@x.test", "b@y.test"), default).AsTask();
        Assert.Empty(_handOff.Parts);
        gate.SetResult();
        Assert.Equal(StoreResult.Stored, await submitted);
        Assert.Equal(["default:x.test", "default:y.test"], _handOff.Parts.Select(part => part.Queue.Value));
        Assert.All(_handOff.Parts, part => Assert.Equal(_time.GetUtcNow(), part.Part.AcceptedAt));
        Assert.Equal((1, 2, 0), _spool.Rows);
    }

    [Fact]
    public async Task A_message_that_is_not_stored_is_not_handed_off()
    {
        _spool.Before = _ => throw new SpoolUnavailableException("the storage is away");
        Assert.Equal(StoreResult.Unavailable, await _submission.SubmitAsync(Message("a@x.test"), default));
        Assert.Empty(_handOff.Parts);
    }

    private static Submission Message(params string[] recipients) => new(
        MessageId.New(DateTimeOffset.UnixEpoch), new MessageEnvelope { Size = Content.Length }, [.. recipients.Select(Mailbox.Parse)],
        Content);
}
