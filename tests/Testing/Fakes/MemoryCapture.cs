using System.Collections.Concurrent;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Testing.Fakes;

/// <summary>A capture store in memory, without bounds and without a listing. Thread-safe.</summary>
public sealed class MemoryCapture : ICaptureStore
{
    private readonly ConcurrentQueue<(PartId Part, IReadOnlyList<Mailbox> Recipients)> _captured = new();

    /// <summary>The calls that succeeded, in order.</summary>
    public IReadOnlyCollection<(PartId Part, IReadOnlyList<Mailbox> Recipients)> Captured => _captured;

    /// <summary>The error that each call fails with; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <inheritdoc/>
    public ValueTask CaptureAsync(
        SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken)
    {
        if (Fault is { } fault) throw fault;
        _captured.Enqueue((part.Id, recipients));
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the fake lists nothing");

    /// <inheritdoc/>
    public ValueTask<Core.Mail.MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the fake keeps no content");

    /// <inheritdoc/>
    public ValueTask<int> DeleteAsync(MessageId? id, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the fake deletes nothing");
}
