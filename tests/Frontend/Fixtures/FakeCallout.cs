using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>A host that knows addresses with "yes", refuses those with "no", and has no answer about others. Thread-safe.</summary>
internal sealed class FakeCallout : IRecipientCallout
{
    /// <summary>A stream whose mail an operator has moved.</summary>
    public const string MovedStream = "moved";

    private TaskCompletionSource? _gate;
    private int _asked;

    public static CalloutAnswer Refused { get; } = new(CalloutResult.Refused, Reply(550, 1));

    /// <summary>The number of questions.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Holds the answers back until <see cref="Release"/>.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gives the answers.</summary>
    public void Release() => _gate!.TrySetResult();

    /// <inheritdoc/>
    public async Task<CalloutAnswer> AskAsync(Mailbox recipient, string stream, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (stream == MovedStream) return CalloutAnswer.NotAsked;
        if (_gate is { } gate) await gate.Task.WaitAsync(cancellationToken);
        var user = recipient.LocalPart.ToLowerInvariant();
        return user.Contains("yes", StringComparison.Ordinal) ? new CalloutAnswer(CalloutResult.Accepted, Reply(250, 1))
            : user.Contains("full", StringComparison.Ordinal) ? new CalloutAnswer(CalloutResult.Refused, Reply(552, 2))
            : user.Contains("no", StringComparison.Ordinal) ? Refused
            : new CalloutAnswer(CalloutResult.Unknown, Reply(451, 1));
    }

    private static SmtpReply Reply(int code, int subject) =>
        new(code, new EnhancedStatus(code / 100, subject, subject), "said the host");
}
