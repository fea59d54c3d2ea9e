using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Sends commands and reads replies, each within a time limit. Owns the pipe of one connection and is used by one caller at a time. The
/// first failure makes the channel dead; every later call returns the same failure. Input and output exceptions are translated here and
/// nowhere else. A read or write outliving a timeout ends when the connection is closed.
/// </summary>
/// <param name="pipe">The connection.</param>
/// <param name="time">The clock for timeouts.</param>
/// <param name="remote">The name of the peer in locally generated replies.</param>
internal sealed class SmtpChannel(IDuplexPipe pipe, TimeProvider time, string remote)
{
    /// <summary>
    /// How long a reply is awaited after a failed write: a reply sent by the peer before closing has already arrived.
    /// </summary>
    private static readonly TimeSpan ReadAfterFailedWrite = TimeSpan.FromSeconds(1);

    private ChannelFailure? _failure;
    private Task<ReadResult>? _reading;
    private bool _isInputOver;

    /// <summary>Whether the channel is dead.</summary>
    public bool IsDead => _failure is not null;

    /// <summary>Whether the final dot of the present transaction was written, or might be.</summary>
    public bool HasSentFinalDot { get; private set; }

    /// <summary>Begins a transaction, of whose content nothing is written yet.</summary>
    public void BeginTransaction() => HasSentFinalDot = false;

    /// <summary>Whether the peer has sent an unsolicited reply or closed the connection; called while the connection is idle.</summary>
    public bool HasUnsolicitedInput() => IsDead || ReadAhead().IsCompleted;

    /// <summary>Whether octets have arrived after the last reply read.</summary>
    public bool HasBufferedInput()
    {
        if (_reading is not null) return _reading.IsCompleted;
        if (!pipe.Input.TryRead(out var read)) return false;
        pipe.Input.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }

    /// <summary>Writes a command without flushing it.</summary>
    public void Write(string command)
    {
        var length = Encoding.UTF8.GetBytes(command, pipe.Output.GetSpan(Encoding.UTF8.GetMaxByteCount(command.Length)));
        pipe.Output.Advance(length);
        pipe.Output.Write("\r\n"u8);
    }

    /// <summary>Writes octets without flushing them.</summary>
    public void Write(ReadOnlySpan<byte> octets) => pipe.Output.Write(octets);

    /// <summary>Sends dot-stuffed content and the final dot, unless the peer replies before the end.</summary>
    /// <param name="content">The content.</param>
    /// <param name="blockTimeout">How long the peer may take to accept each block.</param>
    /// <param name="guard">The check before the final dot.</param>
    /// <returns>
    /// Whether the final dot was written to the connection. If false, the peer has no message: it replied too early (the reply is the next
    /// to read), or the channel is dead. The connection cannot be used for another command.
    /// </returns>
    public async ValueTask<bool> SendContentAsync(OutgoingContent content, TimeSpan blockTimeout, FinalDotGuard guard)
    {
        const string Stage = "sending the message";
        var isEnded = HasSentFinalDot = false;
        await DotStuffer.WriteAsync(
            content, pipe.Output,
            () => isEnded ? FlushAsync(blockTimeout, Stage) : FlushAsync(blockTimeout, Stage, isInterruptible: true, guard.Stopped),
            () => isEnded = HasSentFinalDot = MayEnd());
        return isEnded;

        bool MayEnd()
        {
            if (ReadAhead().IsCompleted) return false;
            return guard.IsOpen || Fail(ChannelFailureKind.Aborted, "aborted by this host", Stage);
        }
    }

    /// <summary>Flushes pending output; false on failure.</summary>
    public ValueTask<bool> FlushAsync(TimeSpan timeout, string stage, CancellationToken cancellationToken = default) =>
        FlushAsync(timeout, stage, isInterruptible: false, cancellationToken);

    /// <summary>Reads one reply. After a failed write, a reply sent by the peer before closing is still read.</summary>
    /// <param name="timeout">How long the peer may take for the reply.</param>
    /// <param name="stage">The current activity, for locally generated replies.</param>
    /// <param name="maxStray">How many lines without a code are skipped.</param>
    /// <param name="cancellationToken">Aborts the connection.</param>
    public async ValueTask<CommandReply> ReadAsync(TimeSpan timeout, string stage, int maxStray, CancellationToken cancellationToken)
    {
        if (_isInputOver) return new CommandReply(null, _failure);
        if (IsDead && timeout > ReadAfterFailedWrite) timeout = ReadAfterFailedWrite;
        var started = time.GetTimestamp();
        var quote = "";
        try
        {
            while (true)
            {
                var left = timeout - time.GetElapsedTime(started);
                var read = await ReadAhead().WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
                _reading = null;
                var parsed = ReplyParser.Parse(read.Buffer, maxStray, out var reply, out var consumed);
                // An incomplete reply is quoted in the failure.
                quote = parsed == ParseResult.Complete ? "" : Quote(read.Buffer);
                pipe.Input.AdvanceTo(consumed, parsed == ParseResult.Complete ? consumed : read.Buffer.End);
                if (parsed == ParseResult.Complete) return new CommandReply(reply, null);
                if (parsed == ParseResult.Invalid) return EndInput(ChannelFailureKind.ProtocolError, $"protocol error{quote}", stage);
                if (parsed == ParseResult.Endless)
                {
                    // The code counts, but the connection cannot be reused, since the start of the next reply is unknown.
                    EndInput(ChannelFailureKind.ProtocolError, "endless reply", stage);
                    return new CommandReply(reply, null);
                }

                if (read.IsCompleted) return EndInput(ChannelFailureKind.ConnectionLost, $"connection lost{quote}", stage);
            }
        }
        catch (TimeoutException)
        {
            return EndInput(ChannelFailureKind.TimedOut, $"timed out{quote}", stage);
        }
        catch (OperationCanceledException)
        {
            return EndInput(ChannelFailureKind.Aborted, "aborted by this host", stage);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return EndInput(ChannelFailureKind.ConnectionLost, $"connection lost{quote}", stage);
        }
    }

    /// <inheritdoc cref="ReadAsync(TimeSpan, string, int, CancellationToken)"/>
    public ValueTask<CommandReply> ReadAsync(TimeSpan timeout, string stage, CancellationToken cancellationToken = default) =>
        ReadAsync(timeout, stage, ReplyParser.AnyStray, cancellationToken);

    /// <summary>Sends a command and reads its reply.</summary>
    /// <param name="command">The command line without its CRLF.</param>
    /// <param name="verb">The command's verb, for locally generated replies.</param>
    /// <param name="timeout">How long the peer may take to accept the command, and again for the reply.</param>
    /// <param name="cancellationToken">Aborts the connection.</param>
    public async ValueTask<CommandReply> AskAsync(
        string command, string verb, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        Write(command);
        await FlushAsync(timeout, $"sending {verb}", cancellationToken);
        return await ReadAsync(timeout, $"waiting for the reply to {verb}", cancellationToken);
    }

    /// <summary>Makes the channel dead in the middle of a command or content.</summary>
    public void Abort() => EndInput(ChannelFailureKind.Aborted, "aborted by this host", "sending the message");

    private async ValueTask<bool> FlushAsync(TimeSpan timeout, string stage, bool isInterruptible, CancellationToken cancellationToken)
    {
        if (IsDead || (isInterruptible && ReadAhead().IsCompleted)) return false;
        try
        {
            var flush = pipe.Output.FlushAsync(CancellationToken.None);
            if (flush.IsCompleted) return !(await flush).IsCompleted || Fail(ChannelFailureKind.ConnectionLost, "connection lost", stage);
            var flushing = ObserveFault(flush.AsTask());
            if (isInterruptible)
            {
                await Task.WhenAny(flushing, ReadAhead()).WaitAsync(timeout, time, cancellationToken);
                if (!flushing.IsCompleted) return false;
            }

            var result = await flushing.WaitAsync(timeout, time, cancellationToken);
            return !result.IsCompleted || Fail(ChannelFailureKind.ConnectionLost, "connection lost", stage);
        }
        catch (TimeoutException)
        {
            return Fail(ChannelFailureKind.TimedOut, "timed out", stage);
        }
        catch (OperationCanceledException)
        {
            return Fail(ChannelFailureKind.Aborted, "aborted by this host", stage);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return Fail(ChannelFailureKind.ConnectionLost, "connection lost", stage);
        }
    }

    private static string Quote(ReadOnlySequence<byte> buffer) =>
        ReplyParser.Sample(buffer) is { Length: > 0 } sample ? $" (the host sent \"{sample}\")" : "";

    // At most one read is pending. It may begin before a reply is awaited and is never cancelled, so no octet is lost.
    private Task<ReadResult> ReadAhead()
    {
        return _reading ??= ObserveFault(ReadInputAsync());

        async Task<ReadResult> ReadInputAsync() => await pipe.Input.ReadAsync(CancellationToken.None);
    }

    // A task abandoned by a timeout fails when the connection is closed, with no caller left to observe the exception.
    private static Task<T> ObserveFault<T>(Task<T> task)
    {
        if (!task.IsCompletedSuccessfully)
            _ = task.ContinueWith(
                ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return task;
    }

    private static bool IsConnectionFailure(Exception e) => e is IOException or ObjectDisposedException or SocketException;

    private CommandReply EndInput(ChannelFailureKind kind, string cause, string stage)
    {
        Fail(kind, cause, stage);
        _isInputOver = true;
        return new CommandReply(null, _failure);
    }

    private bool Fail(ChannelFailureKind kind, string cause, string stage)
    {
        // A peer may have sent its reason before the connection was lost. A peer without a reply in time has sent no reason.
        if (kind != ChannelFailureKind.ConnectionLost) _isInputOver = true;
        var (subject, detail) =
            kind switch { ChannelFailureKind.ProtocolError => (5, 0), ChannelFailureKind.Aborted => (3, 2), _ => (4, 2) };
        _failure ??= new ChannelFailure(
            kind, new SmtpReply(451, new EnhancedStatus(4, subject, detail), $"{remote}: {cause} while {stage}"));
        return false;
    }
}
