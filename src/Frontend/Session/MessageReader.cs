using System.IO.Pipelines;
using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>How reading a message ended.</summary>
internal enum ContentResult
{
    /// <summary>CRLF.CRLF was there; whether the message can be taken, <see cref="MessageReader.Refusal"/> says.</summary>
    Complete,

    /// <summary>The client has gone: nothing of the message is kept.</summary>
    Gone,

    /// <summary>The client paused for too long: nothing of the message is kept.</summary>
    TimedOut,

    /// <summary>The client sends too slowly: nothing of the message is kept.</summary>
    TooSlow,

    /// <summary>The message is refused, and its client may take it for complete: whether a command follows cannot be told.</summary>
    Odd,

    /// <summary>The message is refused, and its rest is longer than what is read of it.</summary>
    Endless,
}

/// <summary>
/// Reads one message off the connection for the session's loop, into memory that is asked for before it is used. Holds it until it is
/// disposed, so that a message counts until it is stored.
/// </summary>
internal sealed class MessageReader : IDisposable
{
    // What is announced and never comes costs no more than this.
    private const int MaxExpected = 16 * 1024;

    private readonly ContentBuilder _content;
    private readonly ContentDecoder _decoder;
    private readonly BodyMemory.Account _memory;
    private readonly long _limit;
    private readonly long _expected;
    private readonly bool _isSizeDeclared;
    private readonly DataPace _pace;
    private readonly SessionServices _services;
    private readonly bool _takesBareLf;
    private readonly ILookAhead _lookAhead;
    private Drain? _drain;
    private bool _isBetweenChunks;

    /// <param name="header">The trace header to put above the content.</param>
    /// <param name="declaredSize">The size that the client has declared, in octets, if it has.</param>
    /// <param name="isChunked">Whether the content comes in chunks.</param>
    /// <param name="client">The client whose share of the memory counts; null for one that is trusted, whose bare LF become CRLF.</param>
    /// <param name="services">The limits, the memory of all sessions, the clock.</param>
    /// <param name="lookAhead">The input as one that can be looked at while the message waits for memory; all that is read later comes by
    /// it.</param>
    public MessageReader(
        byte[] header, long? declaredSize, bool isChunked, IPAddress? client, SessionServices services, ILookAhead lookAhead)
    {
        _lookAhead = lookAhead;
        _services = services;
        var maxSize = services.Limits.MaxMessageSize.Bytes;
        _pace = new DataPace(services.Limits, services.Time);
        // RFC 1870 section 6.1 calls the declared size an estimate, so it is given an eighth and a block of air.
        var limit = declaredSize is { } size ? Math.Min(maxSize, size + size / 8 + BodyMemory.FreeBlock) : maxSize;
        _isSizeDeclared = limit < maxSize;
        _limit = header.Length + limit;
        _memory = services.Memory.Open(_limit, client);
        _content = new ContentBuilder(header);
        _expected = Math.Min(declaredSize ?? 0, MaxExpected);
        _takesBareLf = client is null;
        _decoder = isChunked ? new ChunkDecoder(_content, _limit, _takesBareLf) : new DataDecoder(_content, _limit, _takesBareLf);
    }

    public bool HasEightBit => _content.HasEightBit;

    /// <summary>Whether the message cannot be taken any more.</summary>
    public bool IsRefused => _decoder.IsRefused;

    /// <summary>How long the client may still take for its next chunk: memory is held meanwhile.</summary>
    public TimeSpan Patience => _pace.Left;

    /// <summary>Reads up to the end of the message and no further.</summary>
    public ValueTask<ContentResult> ReadAsync(PipeReader input, Deadline deadline, CancellationToken aborted) =>
        ReadAsync(input, long.MaxValue, deadline, aborted);

    /// <summary>Reads one chunk and no further.</summary>
    public async ValueTask<ContentResult> ReadChunkAsync(PipeReader input, Chunk chunk, Deadline deadline, CancellationToken aborted)
    {
        // Memory is held between chunks, too.
        if (_isBetweenChunks) _pace.EndWait();
        if (_pace.IsTooSlow) return ContentResult.TooSlow;
        _decoder.Announce(chunk.Octets);
        var end = await ReadAsync(input, chunk.Octets, deadline, aborted);
        if (end == ContentResult.Complete && chunk.IsLast) _decoder.End();
        _pace.BeginWait();
        _isBetweenChunks = true;
        return end;
    }

    private async ValueTask<ContentResult> ReadAsync(PipeReader input, long left, Deadline deadline, CancellationToken aborted)
    {
        while (left > 0)
        {
            var wait = _pace.BeginWait();
            deadline.Expect(_drain is { } limit && limit.Left < wait ? limit.Left : wait);
            var read = await input.ReadAsync(aborted);
            _pace.EndWait();
            if (deadline.HasPassed || _pace.IsTooSlow || _drain is { IsOver: true })
            {
                input.AdvanceTo(read.Buffer.Start);
                return _drain is { IsOver: true } ? ContentResult.Endless : _pace.IsPauseTooLong ? ContentResult.TimedOut
                    : ContentResult.TooSlow;
            }

            var piece = read.Buffer.Slice(0, Math.Min(Math.Min(read.Buffer.Length, Room), left));
            _content.Expect(Math.Max(piece.Length, _expected));
            var end = _decoder.Decode(piece);
            _pace.Take(piece.Length);
            _drain?.Take(piece.Length);
            left -= piece.Length;
            var isAll = piece.Length == read.Buffer.Length;
            var isGone = read.IsCompleted && isAll && left > 0;
            if (_decoder.IsRefused)
            {
                _memory.Dispose();
                _drain ??= new Drain(_services.Limits, _services.Time);
            }

            if (_decoder.IsDone || isGone || _decoder.IsRefused || Room > 0 || left == 0)
            {
                input.AdvanceTo(end);
                if (_decoder.IsDone) return _decoder.HasOddEnd ? ContentResult.Odd : ContentResult.Complete;
                if (isGone) return ContentResult.Gone;
                if (_drain is { IsOver: true }) return ContentResult.Endless;
                continue;
            }

            deadline.Suspend();
            using var patience = new CancellationTokenSource(FrontendLimits.MemoryWait, _services.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
            var growing = _memory.GrowAsync(either.Token);
            input.AdvanceTo(end);
            if (growing.IsCompletedSuccessfully) continue;
            var ahead = _lookAhead.LookAhead();
            input = ahead;
            if (await IsGoneBeforeMemoryAsync(growing.AsTask(), ahead, either, aborted)) return ContentResult.Gone;
        }

        return ContentResult.Complete;
    }

    // Waits until there is memory, the client has gone, or the patience is over, after which the message is refused for now.
    private async ValueTask<bool> IsGoneBeforeMemoryAsync(
        Task growing, LookAheadReader input, CancellationTokenSource patience, CancellationToken aborted)
    {
        var isGone = await input.EndsBeforeAsync(growing, aborted);
        if (isGone) await patience.CancelAsync();
        try
        {
            await growing;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            _memory.Dispose();
            _decoder.GiveUp();
            _drain ??= new Drain(_services.Limits, _services.Time);
        }

        return isGone;
    }

    /// <summary>The reply that refuses the message, or null when it can be taken. Called once, when the message is complete.</summary>
    public byte[]? Refusal(out MessageContent content)
    {
        content = _content.Build();
        return _decoder.HasBareLineEnd ? Replies.BareLineEndInData
            : _decoder.HasNul ? Replies.NulInData
            : _decoder.IsGivenUp ? Replies.InsufficientStorage
            : _decoder.IsTooLong ? _isSizeDeclared ? Replies.LargerThanDeclared : Replies.TooLarge
            : TraceHeaders.CountHops(content.Octets) > FrontendLimits.Hops + 1 ? Replies.TooManyHops
            : null;
    }

    public void Dispose() => _memory.Dispose();

    // What may be read before more memory is to be asked for. Content never grows by more than what is read, twice that where LF becomes
    // CRLF, and never beyond its limit.
    private long Room =>
        _decoder.IsRefused || _memory.Octets >= _limit ? long.MaxValue : (_memory.Octets - _content.Length) / (_takesBareLf ? 2 : 1);
}
