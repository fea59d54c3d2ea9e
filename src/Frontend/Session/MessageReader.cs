using System.IO.Pipelines;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>How reading a message ended.</summary>
internal enum DataEnd
{
    /// <summary>CRLF.CRLF was there; whether the message can be taken, <see cref="MessageReader.Refusal"/> says.</summary>
    Complete,

    /// <summary>The client has gone: nothing of the message is kept.</summary>
    Gone,

    /// <summary>The client paused for too long: nothing of the message is kept.</summary>
    TimedOut,

    /// <summary>The client sends too slowly: nothing of the message is kept.</summary>
    TooSlow,
}

/// <summary>
/// Reads one message off the connection for the session's loop, into memory that is asked for before it is used. Holds it until it is disposed, so
/// that a message counts until it is stored.
/// </summary>
internal sealed class MessageReader : IDisposable
{
    private readonly ContentBuilder _content = new();
    private readonly DataDecoder _decoder;
    private readonly BodyMemory.Account _memory;
    private readonly long _limit;
    private readonly bool _isSizeDeclared;
    private readonly DataPace _pace;

    /// <param name="header">The trace header to put above the content.</param>
    /// <param name="declaredSize">The size that the client has declared, in octets, if it has.</param>
    /// <param name="limits">The largest message, without the trace header, and how slow it may come.</param>
    /// <param name="memory">The memory of all sessions.</param>
    /// <param name="time">The clock.</param>
    public MessageReader(ReadOnlySpan<byte> header, long? declaredSize, SmtpOptions limits, BodyMemory memory, TimeProvider time)
    {
        var maxSize = limits.MaxMessageSize.Bytes;
        _pace = new DataPace(limits, time);
        // RFC 1870 section 6.1 calls the declared size an estimate, so it is given an eighth and a block of air.
        var limit = declaredSize is { } size ? Math.Min(maxSize, size + size / 8 + BodyMemory.FreeBlock) : maxSize;
        _isSizeDeclared = limit < maxSize;
        _limit = header.Length + limit;
        _memory = memory.Open(_limit);
        _content.Append(header);
        _decoder = new DataDecoder(_content, _limit);
    }

    public bool HasEightBit => _content.HasEightBit;

    /// <summary>Reads up to the end of the message and no further.</summary>
    public async ValueTask<DataEnd> ReadAsync(PipeReader input, Deadline deadline, CancellationToken aborted)
    {
        while (true)
        {
            deadline.Expect(_pace.BeginWait());
            var read = await input.ReadAsync(aborted);
            _pace.EndWait();
            if (deadline.HasPassed || _pace.IsTooSlow)
            {
                input.AdvanceTo(read.Buffer.Start);
                return _pace.IsPauseTooLong ? DataEnd.TimedOut : DataEnd.TooSlow;
            }

            var piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Room));
            var end = _decoder.Decode(piece);
            _pace.Take(piece.Length);
            var isAll = piece.Length == read.Buffer.Length;
            input.AdvanceTo(end);
            if (_decoder.IsDone) return DataEnd.Complete;
            if (read.IsCompleted && isAll) return DataEnd.Gone;
            if (_decoder.IsRefused)
            {
                _memory.Dispose();
            }
            else if (Room <= 0)
            {
                deadline.Suspend();
                await _memory.GrowAsync(aborted);
            }
        }
    }

    /// <summary>The reply that refuses the message, or null when it can be taken. Called once, when the message is complete.</summary>
    public byte[]? Refusal(out MessageContent content)
    {
        content = _content.Build();
        return _decoder.HasBareLineEnd ? Replies.BareLineEndInData
            : _decoder.HasNul ? Replies.NulInData
            : _decoder.IsTooLong ? _isSizeDeclared ? Replies.LargerThanDeclared : Replies.TooLarge
            : TraceHeaders.CountHops(content.Octets) > FrontendLimits.Hops + 1 ? Replies.TooManyHops
            : null;
    }

    public void Dispose() => _memory.Dispose();

    // What may be read before more memory is to be asked for. Content never grows by more than what is read, and never beyond its limit.
    private long Room => _decoder.IsRefused || _memory.Octets >= _limit ? long.MaxValue : _memory.Octets - _content.Length;
}
