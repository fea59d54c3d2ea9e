using System.Buffers;
using System.IO.Pipelines;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// A reader able to return examined octets again. A pipe returns examined octets only together with new octets; a session watching whether
/// its client leaves examines octets and reads them later. Used by the session's loop alone, except
/// <see cref="CancelPendingRead"/>, which any thread may call.
/// </summary>
internal sealed class LookAheadReader(PipeReader inner) : PipeReader
{
    private ReadOnlySequence<byte> _last;
    private bool _isWatching;

    // Number of unconsumed octets regarded as examined by the pipe.
    private long _examined;

    // Whether the caller has not yet examined all octets counted by _examined.
    private bool _mustReread;

    private bool IsTracking => _isWatching || _examined > 0;

    /// <summary>
    /// Waits until a task has ended or the client has left, whichever is first. Reads ahead by <see cref="FrontendLimits.ReadAhead"/> at
    /// most; the caller reads these octets again. The caller has advanced the reader to the first unhandled octet.
    /// </summary>
    public async ValueTask<bool> ClientLeavesBeforeAsync(Task task, CancellationToken aborted)
    {
        _isWatching = true;
        try
        {
            long? initial = null;
            while (!task.IsCompleted)
            {
                var reading = ReadAsync(aborted).AsTask();
                if (await Task.WhenAny(task, reading) == task && !reading.IsCompleted) CancelPendingRead();
                var read = await reading;
                var isGone = read.IsCompleted && !task.IsCompleted;
                // Examined octets no longer hold the client back, so the watch ends after a bounded number of octets. From then on only the
                // task's own time limit ends the wait.
                initial ??= read.Buffer.Length;
                var isFull = read.Buffer.Length - initial >= FrontendLimits.ReadAhead;
                AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (isGone || isFull) return isGone;
            }

            return false;
        }
        finally
        {
            // The next read returns all unconsumed octets again.
            (_isWatching, _mustReread) = (false, _examined > 0);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_mustReread) inner.CancelPendingRead();
        return IsTracking ? ReadTrackedAsync(cancellationToken) : inner.ReadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (_mustReread) inner.CancelPendingRead();
        if (!inner.TryRead(out result)) return false;
        if (IsTracking) result = Tracked(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!IsTracking)
        {
            inner.AdvanceTo(consumed, examined);
            return;
        }

        var consumedCount = _last.Slice(0, consumed).Length;
        var examinedCount = _last.Slice(0, examined).Length;
        var all = Math.Max(examinedCount, _examined);
        inner.AdvanceTo(consumed, _last.GetPosition(all));
        _last = default;
        _mustReread = examinedCount < all;
        // Nothing left to count once the caller has examined all octets regarded as examined by the pipe.
        _examined = _isWatching || _mustReread ? all - consumedCount : 0;
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private async ValueTask<ReadResult> ReadTrackedAsync(CancellationToken cancellationToken) =>
        Tracked(await inner.ReadAsync(cancellationToken));

    // Hides this reader's own cancellation. A simultaneous cancellation by another caller may be hidden too: every caller also sets a flag
    // that the loop checks.
    private ReadResult Tracked(in ReadResult read)
    {
        _last = read.Buffer;
        return _mustReread ? new ReadResult(read.Buffer, isCanceled: false, read.IsCompleted) : read;
    }
}

/// <summary>The session as the owner of a watchable input. The wrapper around the input is created at the first call.</summary>
internal interface ILookAhead
{
    /// <summary>The input as a look-ahead reader. After the first call the session reads all input through this reader.</summary>
    LookAheadReader EnableLookAhead();
}

/// <summary>A connection with a look-ahead reader around its input.</summary>
internal sealed class LookAheadPipe(IDuplexPipe inner) : IDuplexPipe
{
    /// <summary>The input.</summary>
    public LookAheadReader Ahead { get; } = new(inner.Input);

    /// <inheritdoc/>
    public PipeReader Input => Ahead;

    /// <inheritdoc/>
    public PipeWriter Output => inner.Output;
}
