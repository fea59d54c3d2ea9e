using System.Buffers;
using System.IO.Pipelines;

namespace Postfleet.Frontend.Session;

/// <summary>
/// A reader that can examine octets and then give the same octets again. A pipe gives examined octets only together with new octets, and
/// offers no way back; a session that watches whether its client leaves needs a way back. The cost is next to nothing while no session
/// watches.
/// Used by the session's loop alone, but for <see cref="CancelPendingRead"/>.
/// </summary>
internal sealed class LookAheadReader(PipeReader inner) : PipeReader
{
    private ReadOnlySequence<byte> _last;
    private bool _isLooking;

    // Number of unconsumed octets that the pipe takes for examined.
    private long _seen;

    // The caller has not examined all octets counted by _seen.
    private bool _isAgain;

    private bool IsTracking => _isLooking || _seen > 0;

    /// <summary>
    /// Whether the client goes before a task has ended. It reads ahead, by <see cref="FrontendLimits.ReadAhead"/> at most; all of that
    /// stays unread. The caller has advanced the reader to the octets that it has not handled yet.
    /// </summary>
    public async ValueTask<bool> EndsBeforeAsync(Task task, CancellationToken aborted)
    {
        _isLooking = true;
        try
        {
            long? atFirst = null;
            while (!task.IsCompleted)
            {
                var reading = ReadAsync(aborted).AsTask();
                if (await Task.WhenAny(task, reading) == task && !reading.IsCompleted) CancelPendingRead();
                var read = await reading;
                var isGone = read.IsCompleted && !task.IsCompleted;
                // Examined octets no longer hold the client back. So the watch ends after a bounded number of octets; from then on the
                // time alone ends the wait.
                atFirst ??= read.Buffer.Length;
                var isFull = read.Buffer.Length - atFirst >= FrontendLimits.ReadAhead;
                AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (isGone || isFull) return isGone;
            }

            return false;
        }
        finally
        {
            // All unconsumed octets are given again.
            (_isLooking, _isAgain) = (false, _seen > 0);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_isAgain) inner.CancelPendingRead();
        return IsTracking ? ReadTrackedAsync(cancellationToken) : inner.ReadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (_isAgain) inner.CancelPendingRead();
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

        var taken = _last.Slice(0, consumed).Length;
        var looked = _last.Slice(0, examined).Length;
        var all = Math.Max(looked, _seen);
        inner.AdvanceTo(consumed, _last.GetPosition(all));
        _last = default;
        _isAgain = looked < all;
        // The caller has examined all octets that the pipe takes for examined: nothing is left to count.
        _seen = _isLooking || _isAgain ? all - taken : 0;
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private async ValueTask<ReadResult> ReadTrackedAsync(CancellationToken cancellationToken) =>
        Tracked(await inner.ReadAsync(cancellationToken));

    // A cancellation of this reader's own must not show. Another one that came with it does not have to: whoever cancels leaves a word
    // beside.
    private ReadResult Tracked(in ReadResult read)
    {
        _last = read.Buffer;
        return _isAgain ? new ReadResult(read.Buffer, isCanceled: false, read.IsCompleted) : read;
    }
}

/// <summary>Gives an input that can be watched. The wrapper around the input is made at the first call.</summary>
internal interface ILookAhead
{
    /// <summary>The input. After the first call the session reads all its input here.</summary>
    LookAheadReader LookAhead();
}

/// <summary>A connection whose input can be looked at.</summary>
internal sealed class LookAheadPipe(IDuplexPipe inner) : IDuplexPipe
{
    /// <summary>The input, as it can be looked at.</summary>
    public LookAheadReader Ahead { get; } = new(inner.Input);

    /// <inheritdoc/>
    public PipeReader Input => Ahead;

    /// <inheritdoc/>
    public PipeWriter Output => inner.Output;
}
