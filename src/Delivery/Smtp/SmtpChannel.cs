using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>A reply of the peer, or why there is none.</summary>
/// <param name="Reply">The reply; null when the connection has failed.</param>
/// <param name="Failure">Why there is no reply, as a reply of class 4 that is our own.</param>
internal readonly record struct Answer(RawReply? Reply, SmtpReply? Failure)
{
    public bool IsLost => Reply is null;

    /// <summary>The reply as an outcome keeps it.</summary>
    public SmtpReply Outcome => Failure ?? Reply!.ToReply();
}

/// <summary>
/// Commands out, replies in, each within its time. Once anything has gone wrong the channel is dead, and every later question gets the same answer. Input
/// and output failures are mapped here and nowhere else.
/// </summary>
internal sealed class SmtpChannel(IDuplexPipe pipe, TimeProvider time)
{
    private SmtpReply? _failure;

    /// <summary>Whether the channel is dead.</summary>
    public bool IsDead => _failure is not null;

    /// <summary>Whether the peer has said something that nobody has asked for, or has gone; asked while the connection is idle.</summary>
    public bool HasUnasked()
    {
        if (IsDead) return true;
        if (!pipe.Input.TryRead(out var read)) return false;
        var hasInput = !read.Buffer.IsEmpty || read.IsCompleted;
        pipe.Input.AdvanceTo(read.Buffer.Start);
        return hasInput;
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

    /// <summary>Writes content with its dots doubled, and its end.</summary>
    public ValueTask<bool> WriteContentAsync(ReadOnlySequence<byte> content, TimeSpan blockTimeout) =>
        DotStuffer.WriteAsync(content, pipe.Output, () => FlushAsync(blockTimeout, "sending the message"));

    /// <summary>Sends what was written; false when that fails.</summary>
    public async ValueTask<bool> FlushAsync(TimeSpan timeout, string stage)
    {
        if (IsDead) return false;
        var flush = pipe.Output.FlushAsync();
        if (flush.IsCompletedSuccessfully) return !flush.Result.IsCompleted || Fail("connection lost", stage);
        using var timer = time.CreateTimer(_ => pipe.Output.CancelPendingFlush(), null, timeout, Timeout.InfiniteTimeSpan);
        try
        {
            var result = await flush;
            if (result.IsCanceled) return Fail("timed out", stage);
            return !result.IsCompleted || Fail("connection lost", stage);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return Fail("connection lost", stage);
        }
    }

    /// <summary>Reads one reply.</summary>
    public async ValueTask<Answer> ReadAsync(TimeSpan timeout, string stage)
    {
        if (_failure is not null) return new Answer(null, _failure);
        ITimer? timer = null;
        try
        {
            while (true)
            {
                if (!pipe.Input.TryRead(out var read))
                {
                    timer ??= time.CreateTimer(_ => pipe.Input.CancelPendingRead(), null, timeout, Timeout.InfiniteTimeSpan);
                    read = await pipe.Input.ReadAsync();
                }

                var parsed = ReplyParser.Parse(read.Buffer, out var reply, out var consumed);
                pipe.Input.AdvanceTo(consumed, parsed == ParseResult.Complete ? consumed : read.Buffer.End);
                if (parsed == ParseResult.Complete) return new Answer(reply, null);
                if (parsed == ParseResult.Invalid) Fail("protocol error", stage, new EnhancedStatus(4, 5, 0));
                else if (read.IsCanceled) Fail("timed out", stage);
                else if (read.IsCompleted) Fail("connection lost", stage);
                if (_failure is not null) return new Answer(null, _failure);
            }
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            Fail("connection lost", stage);
            return new Answer(null, _failure);
        }
        finally
        {
            if (timer is not null) await timer.DisposeAsync();
        }
    }

    private static bool IsConnectionFailure(Exception e) =>
        e is IOException or ObjectDisposedException or InvalidOperationException or System.Net.Sockets.SocketException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException;

    private bool Fail(string what, string stage, EnhancedStatus? status = null)
    {
        _failure ??= new SmtpReply(451, status ?? new EnhancedStatus(4, 4, 2), $"{what} while {stage}");
        return false;
    }
}
