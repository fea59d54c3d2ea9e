using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Commands out, replies in, each within its time. Once anything has gone wrong the channel is dead, and every later question gets the same
/// answer. Input and output failures are mapped here and nowhere else. What still waits for a dead channel's peer ends when the connection
/// is closed.
/// </summary>
/// <param name="pipe">The connection.</param>
/// <param name="time">The clock.</param>
/// <param name="remote">The peer, for our own replies.</param>
internal sealed class SmtpChannel(IDuplexPipe pipe, TimeProvider time, string remote)
{
    /// <summary>How long replies are awaited of a peer that takes nothing more: what it said before it went is here already.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private ChannelFailure? _failure;
    private Task<ReadResult>? _reading;
    private bool _isInputOver;

    /// <summary>Whether the channel is dead.</summary>
    public bool IsDead => _failure is not null;

    /// <summary>Whether the peer has said something that nobody has asked for, or has gone; asked while the connection is idle.</summary>
    public bool HasUnasked() => IsDead || Listen().IsCompleted;

    /// <summary>Whether octets have come behind the last reply that was read.</summary>
    public bool HasMore()
    {
        if (_reading is not null) return _reading.IsCompleted;
        if (!pipe.Input.TryRead(out var read)) return false;
        pipe.Input.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }

    /// <summary>Writes a command, without sending it yet.</summary>
    public void Write(string command)
    {
        var length = Encoding.UTF8.GetBytes(command, pipe.Output.GetSpan(Encoding.UTF8.GetMaxByteCount(command.Length)));
        pipe.Output.Advance(length);
        pipe.Output.Write("\r\n"u8);
    }

    /// <summary>Writes octets, without sending them yet.</summary>
    public void Write(ReadOnlySpan<byte> octets) => pipe.Output.Write(octets);

    /// <summary>Sends content with its dots doubled, and its end, unless the peer speaks before the end.</summary>
    /// <param name="content">The content.</param>
    /// <param name="blockTimeout">How long the peer may take for each block.</param>
    /// <param name="fence">What is to be passed before the final dot.</param>
    /// <returns>
    /// Whether the final dot was given to the connection. If not, the peer has no message: it has spoken too early (what it said is to be
    /// read next), or the channel is dead. In any case nothing but the end of the connection can follow.
    /// </returns>
    public async ValueTask<bool> SendContentAsync(OutgoingContent content, TimeSpan blockTimeout, FinalDotGuard fence)
    {
        const string Stage = "sending the message";
        var isEnded = false;
        await DotStuffer.WriteAsync(
            content, pipe.Output,
            () => isEnded ? FlushAsync(blockTimeout, Stage) : FlushAsync(blockTimeout, Stage, isInterruptible: true, fence.Stopped),
            () => isEnded = MayEnd());
        return isEnded;

        bool MayEnd()
        {
            if (Listen().IsCompleted) return false;
            return fence.IsOpen || Fail(FailureKind.Withheld, "given up by this host", Stage);
        }
    }

    /// <summary>Sends what was written; false when that fails.</summary>
    public ValueTask<bool> FlushAsync(TimeSpan timeout, string stage, CancellationToken cancellationToken = default) =>
        FlushAsync(timeout, stage, isInterruptible: false, cancellationToken);

    /// <summary>Reads one reply. When sending has failed, what the peer said before it went is still read.</summary>
    /// <param name="timeout">How long the peer may take for it.</param>
    /// <param name="stage">What is done meanwhile, for our own replies.</param>
    /// <param name="maxStray">How many lines without a code are passed over.</param>
    /// <param name="cancellationToken">Gives the connection up.</param>
    public async ValueTask<Answer> ReadAsync(TimeSpan timeout, string stage, int maxStray, CancellationToken cancellationToken)
    {
        if (_isInputOver) return new Answer(null, _failure);
        if (IsDead && timeout > LastWords) timeout = LastWords;
        var started = time.GetTimestamp();
        var said = "";
        try
        {
            while (true)
            {
                var left = timeout - time.GetElapsedTime(started);
                var read = await Listen().WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
                _reading = null;
                var parsed = ReplyParser.Parse(read.Buffer, maxStray, out var reply, out var consumed);
                // What has come of a reply is shown where the reply never becomes complete.
                said = parsed == ParseResult.Complete ? "" : Said(read.Buffer);
                pipe.Input.AdvanceTo(consumed, parsed == ParseResult.Complete ? consumed : read.Buffer.End);
                if (parsed == ParseResult.Complete) return new Answer(reply, null);
                if (parsed == ParseResult.Invalid) return EndInput(FailureKind.Nonsense, $"protocol error{said}", stage);
                if (parsed == ParseResult.Endless)
                {
                    // The verdict counts; the connection is of no more use, since where the next reply begins cannot be told.
                    EndInput(FailureKind.Nonsense, "endless reply", stage);
                    return new Answer(reply, null);
                }

                if (read.IsCompleted) return EndInput(FailureKind.Lost, $"connection lost{said}", stage);
            }
        }
        catch (TimeoutException)
        {
            return EndInput(FailureKind.TimedOut, $"timed out{said}", stage);
        }
        catch (OperationCanceledException)
        {
            return EndInput(FailureKind.Withheld, "given up by this host", stage);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return EndInput(FailureKind.Lost, $"connection lost{said}", stage);
        }
    }

    /// <inheritdoc cref="ReadAsync(TimeSpan, string, int, CancellationToken)"/>
    public ValueTask<Answer> ReadAsync(TimeSpan timeout, string stage, CancellationToken cancellationToken = default) =>
        ReadAsync(timeout, stage, ReplyParser.AnyStray, cancellationToken);

    /// <summary>Declares the channel dead, in the middle of what the peer was to be sent.</summary>
    public void Abandon() => EndInput(FailureKind.Withheld, "given up by this host", "sending the message");

    private async ValueTask<bool> FlushAsync(TimeSpan timeout, string stage, bool isInterruptible, CancellationToken cancellationToken)
    {
        if (IsDead || (isInterruptible && Listen().IsCompleted)) return false;
        try
        {
            var flush = pipe.Output.FlushAsync(CancellationToken.None);
            if (flush.IsCompleted) return !(await flush).IsCompleted || Fail(FailureKind.Lost, "connection lost", stage);
            var flushing = Observed(flush.AsTask());
            if (isInterruptible)
            {
                await Task.WhenAny(flushing, Listen()).WaitAsync(timeout, time, cancellationToken);
                if (!flushing.IsCompleted) return false;
            }

            var result = await flushing.WaitAsync(timeout, time, cancellationToken);
            return !result.IsCompleted || Fail(FailureKind.Lost, "connection lost", stage);
        }
        catch (TimeoutException)
        {
            return Fail(FailureKind.TimedOut, "timed out", stage);
        }
        catch (OperationCanceledException)
        {
            return Fail(FailureKind.Withheld, "given up by this host", stage);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return Fail(FailureKind.Lost, "connection lost", stage);
        }
    }

    private static string Said(ReadOnlySequence<byte> buffer) =>
        ReplyParser.Sample(buffer) is { Length: > 0 } sample ? $" (the host sent \"{sample}\")" : "";

    // One read at a time, which may begin before anybody waits for a reply and is never cancelled: so nothing that has come is lost.
    private Task<ReadResult> Listen()
    {
        return _reading ??= Observed(ReadInputAsync());

        async Task<ReadResult> ReadInputAsync() => await pipe.Input.ReadAsync(CancellationToken.None);
    }

    // What is left behind by a time-out fails when the connection is closed, and nobody is there to see it.
    private static Task<T> Observed<T>(Task<T> task)
    {
        if (!task.IsCompletedSuccessfully)
            _ = task.ContinueWith(
                ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return task;
    }

    private static bool IsConnectionFailure(Exception e) => e is IOException or ObjectDisposedException or SocketException;

    private Answer EndInput(FailureKind kind, string what, string stage)
    {
        Fail(kind, what, stage);
        _isInputOver = true;
        return new Answer(null, _failure);
    }

    private bool Fail(FailureKind kind, string what, string stage)
    {
        // A peer that takes nothing more may have said why. One that is too slow has not.
        if (kind != FailureKind.Lost) _isInputOver = true;
        var (subject, detail) = kind switch { FailureKind.Nonsense => (5, 0), FailureKind.Withheld => (3, 2), _ => (4, 2) };
        _failure ??= new ChannelFailure(
            kind, new SmtpReply(451, new EnhancedStatus(4, subject, detail), $"{remote}: {what} while {stage}"));
        return false;
    }
}
