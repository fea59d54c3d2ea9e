using System.Buffers;
using System.IO.Pipelines;

namespace Postfleet.Frontend.Session;

/// <summary>
/// A reader that can look at what has come and give it once more. A pipe gives octets that were examined only together with new ones, and
/// does not
/// let anybody take the examination back; a session that looks whether its client is still there has to. It costs next to nothing while
/// nobody looks.
/// Used by the session's loop alone, but for <see cref="CancelPendingRead"/>.
/// </summary>
internal sealed class LookAheadReader(PipeReader inner) : PipeReader
{
    private ReadOnlySequence<byte> _last;
    private bool _isLooking;

    // Of the octets that are not consumed, so many have been examined as far as the pipe knows.
    private long _seen;

    // Some of those have not been examined by who reads.
    private bool _isAgain;

    private bool IsTracking => _isLooking || _seen > 0;

    /// <summary>From now on what is examined can be given once more.</summary>
    public void BeginLook() => _isLooking = true;

    /// <summary>All that is not consumed is given once more.</summary>
    public void EndLook() => (_isLooking, _isAgain) = (false, _seen > 0);

    /// <summary>
    /// Whether the client goes before a task has ended. It reads ahead, by <see cref="FrontendLimits.ReadAhead"/> at most; all of that
    /// stays unread. The caller has advanced the reader to the octets that it has not handled yet.
    /// </summary>
    public async ValueTask<bool> EndsBeforeAsync(Task task, CancellationToken aborted)
    {
        BeginLook();
        try
        {
            long? atFirst = null;
            while (!task.IsCompleted)
            {
                var reading = ReadAsync(aborted).AsTask();
                if (await Task.WhenAny(task, reading) == task && !reading.IsCompleted) CancelPendingRead();
                var read = await reading;
                var isGone = read.IsCompleted && !task.IsCompleted;
                // Octets that are looked at do not hold the client back any more. So looking ends where enough have come; from then on the
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
            EndLook();
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
        // Once who reads has examined all that the pipe calls examined, there is nothing to keep.
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

/// <summary>What has an input that can be looked at from the first time on that somebody asks for it.</summary>
internal interface ILookAhead
{
    /// <summary>The input. Who has asked for it once reads from it from then on.</summary>
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
