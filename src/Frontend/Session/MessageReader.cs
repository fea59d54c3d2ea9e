using System.IO.Pipelines;
using System.Net;
using Postfleet.Authentication.Results;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>How reading the content of a message ended.</summary>
internal enum ContentResult
{
    /// <summary>The content is complete; <see cref="MessageReader.Refusal"/> says whether the message is acceptable.</summary>
    Complete,

    /// <summary>The client closed the connection; the message is dropped.</summary>
    ClientLeft,

    /// <summary>The client paused for too long; the message is dropped.</summary>
    TimedOut,

    /// <summary>The client sends below the least data rate; the message is dropped.</summary>
    TooSlow,

    /// <summary>The message is refused, and its end is ambiguous: the following octets may be content or commands.</summary>
    AmbiguousEnd,

    /// <summary>The message is refused, and its rest exceeds <see cref="RefusedContentLimit"/>.</summary>
    RefusedTooLong,
}

/// <summary>
/// Reads the content of a message from the connection into memory reserved before use. Owns the reservation until disposed, so a message
/// counts until it is stored. Created by <see cref="MessageReceiver"/>; used by the session's loop alone.
/// </summary>
internal sealed class MessageReader : IDisposable
{
    // Bounds the memory for content declared and never sent.
    private const int MaxExpected = 16 * 1024;

    private readonly ContentBuilder _content;
    private readonly ContentDecoder _decoder;
    private readonly BodyMemory.Account _memory;
    private readonly long _limit;
    private readonly long _expected;
    private readonly bool _isSizeDeclared;
    private readonly DataRateBudget _rate;
    private readonly SessionServices _services;
    private readonly bool _isTrusted;
    private readonly ILookAhead _lookAhead;
    private RefusedContentLimit? _refusedLimit;
    private bool _isBetweenChunks;

    /// <param name="header">The trace header above the content.</param>
    /// <param name="declaredSize">The declared size in octets; null for none.</param>
    /// <param name="isChunked">Whether the content is received by BDAT.</param>
    /// <param name="client">The client whose share of the memory is charged; null for a trusted client, whose bare LF become CRLF.</param>
    /// <param name="services">The limits, the memory of all sessions, the clock.</param>
    /// <param name="lookAhead">Gives the input to watch while the message waits for memory.</param>
    public MessageReader(
        byte[] header, long? declaredSize, bool isChunked, IPAddress? client, SessionServices services, ILookAhead lookAhead)
    {
        _lookAhead = lookAhead;
        _services = services;
        var maxSize = services.Limits.MaxMessageSize.Bytes;
        _rate = new DataRateBudget(services.Limits, services.Time);
        // The declared size is an estimate (RFC 1870 section 6.1): an eighth and one block more are accepted.
        var limit = declaredSize is { } size ? Math.Min(maxSize, size + size / 8 + BodyMemory.FreeBlock) : maxSize;
        _isSizeDeclared = limit < maxSize;
        _limit = header.Length + limit;
        _memory = services.Memory.Open(_limit, client);
        _content = new ContentBuilder(header);
        _expected = Math.Min(declaredSize ?? 0, MaxExpected);
        _isTrusted = client is null;
        TraceLength = header.Length;
        _decoder = isChunked ? new ChunkDecoder(_content, _limit, _isTrusted) : new DataDecoder(_content, _limit, _isTrusted);
    }

    /// <summary>Whether the content has an octet above 127.</summary>
    public bool HasEightBit => _content.HasEightBit;

    /// <summary>The length of the trace header above the content, in octets.</summary>
    public int TraceLength { get; }

    /// <summary>The idempotency key that a trusted client gave, after <see cref="Refusal"/>; null for none.</summary>
    public string? Key { get; private set; }

    /// <summary>The stream that a trusted client chose, after <see cref="Refusal"/>; null for none.</summary>
    public string? Stream { get; private set; }

    /// <summary>Whether the message is already refused.</summary>
    public bool IsRefused => _decoder.IsRefused;

    /// <summary>How long the client may still take for its next chunk. The message holds memory meanwhile.</summary>
    public TimeSpan TimeLeft => _rate.Left;

    /// <summary>Reads up to the end of the message.</summary>
    public ValueTask<ContentResult> ReadAsync(PipeReader input, Deadline deadline, CancellationToken aborted) =>
        ReadAsync(input, long.MaxValue, deadline, aborted);

    /// <summary>Reads a chunk.</summary>
    public async ValueTask<ContentResult> ReadChunkAsync(PipeReader input, Chunk chunk, Deadline deadline, CancellationToken aborted)
    {
        // The time between chunks counts, since the message holds memory.
        if (_isBetweenChunks) _rate.EndWait();
        if (_rate.IsTooSlow) return ContentResult.TooSlow;
        _decoder.Announce(chunk.Octets);
        var end = await ReadAsync(input, chunk.Octets, deadline, aborted);
        if (end == ContentResult.Complete && chunk.IsLast) _decoder.End();
        _rate.BeginWait();
        _isBetweenChunks = true;
        return end;
    }

    private async ValueTask<ContentResult> ReadAsync(PipeReader input, long left, Deadline deadline, CancellationToken aborted)
    {
        while (left > 0)
        {
            var wait = _rate.BeginWait();
            deadline.Start(_refusedLimit is { } limit && limit.Left < wait ? limit.Left : wait);
            var read = await input.ReadAsync(aborted);
            _rate.EndWait();
            if (deadline.HasPassed || _rate.IsTooSlow || _refusedLimit is { IsExceeded: true })
            {
                input.AdvanceTo(read.Buffer.Start);
                return _refusedLimit is { IsExceeded: true } ? ContentResult.RefusedTooLong : _rate.IsPauseTooLong ? ContentResult.TimedOut
                    : ContentResult.TooSlow;
            }

            var piece = read.Buffer.Slice(0, Math.Min(Math.Min(read.Buffer.Length, ReadableOctets), left));
            _content.Reserve(Math.Max(piece.Length, _expected));
            var end = _decoder.Decode(piece);
            _rate.Add(piece.Length);
            _refusedLimit?.Add(piece.Length);
            left -= piece.Length;
            var isAll = piece.Length == read.Buffer.Length;
            var isGone = read.IsCompleted && isAll && left > 0;
            if (_decoder.IsRefused)
            {
                _memory.Dispose();
                _refusedLimit ??= new RefusedContentLimit(_services.Limits, _services.Time);
            }

            if (_decoder.IsDone || isGone || _decoder.IsRefused || ReadableOctets > 0 || left == 0)
            {
                input.AdvanceTo(end);
                if (_decoder.IsDone) return _decoder.HasAmbiguousEnd ? ContentResult.AmbiguousEnd : ContentResult.Complete;
                if (isGone) return ContentResult.ClientLeft;
                if (_refusedLimit is { IsExceeded: true }) return ContentResult.RefusedTooLong;
                continue;
            }

            deadline.Suspend();
            using var timeout = new CancellationTokenSource(FrontendLimits.MemoryWait, _services.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted);
            var growing = _memory.GrowAsync(either.Token);
            input.AdvanceTo(end);
            if (growing.IsCompletedSuccessfully) continue;
            var ahead = _lookAhead.EnableLookAhead();
            input = ahead;
            if (await IsGoneBeforeMemoryAsync(growing.AsTask(), ahead, either, aborted)) return ContentResult.ClientLeft;
        }

        return ContentResult.Complete;
    }

    // Waits for memory. True if the client left meanwhile. After FrontendLimits.MemoryWait the message is refused with 452.
    private async ValueTask<bool> IsGoneBeforeMemoryAsync(
        Task growing, LookAheadReader input, CancellationTokenSource timeout, CancellationToken aborted)
    {
        var isGone = await input.ClientLeavesBeforeAsync(growing, aborted);
        if (isGone) await timeout.CancelAsync();
        try
        {
            await growing;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            _memory.Dispose();
            _decoder.RefuseForMemory();
            _refusedLimit ??= new RefusedContentLimit(_services.Limits, _services.Time);
        }

        return isGone;
    }

    /// <summary>The refusing reply; null if the message is acceptable. Called once, when the message is complete.</summary>
    /// <param name="content">The content, without the fields for this host.</param>
    public byte[]? Refusal(out MessageContent content)
    {
        content = _content.Build();
        return _decoder.HasBareLineEnd ? Replies.BareLineEndInData
            : _decoder.HasNul ? Replies.NulInData
            : _decoder.IsOutOfMemory ? Replies.InsufficientStorage
            : _decoder.IsTooLong ? _isSizeDeclared ? Replies.LargerThanDeclared : Replies.TooLarge
            : HeaderRefusal(ref content);
    }

    private byte[]? HeaderRefusal(ref MessageContent content)
    {
        var scan = HeaderScan.Read(content.Octets, TraceLength);
        if (SeparatesBody) content = BrokenHeader.Mend(content, TraceLength, ref scan);
        if (scan.Hops > FrontendLimits.MaxReceivedHeaders + 1) return Replies.TooManyHops;
        if (scan.HasTooManyFields) return Replies.TooManyFields;
        if (OwnRefusal(scan, ref content) is { } refusal) return refusal;
        if (AuthservId is null) return null;
        if (ForgedResults.Remove(content, AuthservId, out _) is not { } genuine) return Replies.TooManyFields;
        content = genuine;
        return null;
    }

    private byte[]? OwnRefusal(HeaderScan scan, ref MessageContent content)
    {
        if (scan.Own is not { } fields) return null;
        // The fields of an untrusted client have no effect: its key could spoil the keys of trusted clients, which share them.
        if (MayUseOwnFields)
        {
            if (scan.Keys is { } keys && (Key = KeyHeader.Read(content.Octets, keys)) is null) return Replies.MalformedKey;
            if (scan.Streams is { } streams && (Stream = StreamHeader.Read(content.Octets, streams)) is null)
                return Replies.MalformedStream;
        }

        // Listeners for inbound mail set marks of their own.
        if (MayUseOwnFields && AuthservId is null && scan.Marks is { } marks) fields = [.. fields.Except(marks)];
        if (fields.Count > 0) content = OwnHeader.Without(content, fields);
        return null;
    }

    /// <summary>Whether the client may give an idempotency key and choose the stream.</summary>
    public required bool MayUseOwnFields { get; init; }

    /// <summary>Whether checks read the header, so that its end must be clear.</summary>
    public bool SeparatesBody { get; init; }

    /// <summary>The authserv-id whose Authentication-Results fields are removed (RFC 8601 section 5); null to leave the fields.</summary>
    public string? AuthservId { get; init; }

    public void Dispose() => _memory.Dispose();

    // Number of octets that may be read before the next reservation. Content grows by the octets read, or twice as many where LF becomes
    // CRLF, and never beyond its limit.
    private long ReadableOctets =>
        _decoder.IsRefused || _memory.Octets >= _limit ? long.MaxValue : (_memory.Octets - _content.Length) / (_isTrusted ? 2 : 1);
}
