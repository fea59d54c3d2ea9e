using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Postfleet.Admin.Messaging;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Events;

/// <summary>
/// A stream of events to a client: the events after its position in pages, then the events that <see cref="EventHub"/> offers. A client
/// that falls behind gets pages again, at its own pace. A client that does not take a write is cut off; no connection to the storage is
/// held meanwhile. The task of its request runs it.
/// </summary>
/// <param name="hub">The reader of events.</param>
/// <param name="query">The conditions of the client.</param>
/// <param name="mapping">Makes the JSON.</param>
/// <param name="output">The body of the answer.</param>
/// <param name="time">The clock.</param>
internal sealed class EventStream(
    EventHub hub, FeedQuery query, MessageMapping mapping, PipeWriter output, TimeProvider time) : IEventReceiver
{
    /// <summary>Most offered events that wait for a client.</summary>
    public const int MaxWaiting = 2 * IEventFeed.MaxPage;

    /// <summary>The longest pause between two writes.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>How long a write may take.</summary>
    public static readonly TimeSpan MaxWrite = TimeSpan.FromSeconds(30);

    // A page of earlier events, which is in memory while a client reads it.
    private const int Page = 200;

    // Octets that are written before the client has to take them.
    private const int MaxUnflushed = 64 << 10;

    private Channel<EventFrame> _waiting = NewChannel();
    private int _unflushed;

    private enum Next
    {
        Events,
        Nothing,
        Behind,
    }

    /// <inheritdoc/>
    /// <remarks>Has no effect once the stream is behind.</remarks>
    public void Offer(IReadOnlyList<EventFrame> frames)
    {
        foreach (var frame in frames)
        {
            if (frame.Event is { } one && !query.Matches(one)) continue;
            if (_waiting.Writer.TryWrite(frame)) continue;
            _waiting.Writer.TryComplete();
            return;
        }
    }

    /// <inheritdoc/>
    public void End(Exception cause) =>
        _waiting.Writer.TryComplete(new SpoolUnavailableException("the reader of events has failed", cause));

    /// <summary>Runs until the token ends it.</summary>
    /// <param name="after">Where the client continues; null to begin with new events.</param>
    /// <param name="first">The first page after the position.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="SlowReaderException">The client does not read.</exception>
    /// <exception cref="SpoolUnavailableException">The storage fails.</exception>
    public async Task RunAsync(FeedPosition? after, FeedPage? first, CancellationToken cancellationToken)
    {
        var position = after;
        if (first is not null) position = await WriteAsync(first, cancellationToken);
        for (var hasMore = first?.HasMore == true; hasMore;)
            (position, hasMore) = await WritePageAsync(position!.Value, null, cancellationToken);
        while (true)
        {
            _waiting = NewChannel();
            var start = await hub.JoinAsync(this, cancellationToken);
            try
            {
                position ??= start;
                while (position < start) (position, _) = await WritePageAsync(position.Value, start, cancellationToken);
                position = await FollowAsync(position.Value, cancellationToken);
            }
            finally
            {
                hub.Leave(this);
            }

            for (var hasMore = true; hasMore;) (position, hasMore) = await WritePageAsync(position.Value, null, cancellationToken);
        }
    }

    private static Channel<EventFrame> NewChannel() => Channel.CreateBounded<EventFrame>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, SingleWriter = true });

    // Returns the last written position once the stream is behind.
    private async Task<FeedPosition> FollowAsync(FeedPosition position, CancellationToken cancellationToken)
    {
        Write(EventFrame.KeepAlive(position, TimeSpan.Zero));
        while (true)
        {
            await FlushAsync(cancellationToken);
            switch (await NextAsync(cancellationToken))
            {
                case Next.Events:
                    position = WriteWaiting(position);
                    break;
                case Next.Nothing:
                    position = WriteKeepAlive(position);
                    break;
                default:
                    return position;
            }
        }
    }

    private FeedPosition WriteWaiting(FeedPosition position)
    {
        while (_unflushed < MaxUnflushed && _waiting.Reader.TryRead(out var frame))
        {
            // Written before: the client was at another node, which was ahead.
            if (frame.Event is null ? frame.Position < position : frame.Position <= position) continue;
            Write(frame.Octets);
            position = frame.Position;
        }

        return position;
    }

    private FeedPosition WriteKeepAlive(FeedPosition position)
    {
        // Read before the check: all events up to the position were offered before.
        var reached = hub.Position;
        if (_waiting.Reader.Count > 0) return position;
        if (reached > position) position = reached;
        Write(EventFrame.KeepAlive(position, hub.Delay));
        return position;
    }

    private async Task<Next> NextAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(KeepAlive, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _waiting.Reader.WaitToReadAsync(both.Token) ? Next.Events : Next.Behind;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Next.Nothing;
        }
    }

    private async Task<(FeedPosition Position, bool HasMore)> WritePageAsync(
        FeedPosition after, FeedPosition? until, CancellationToken cancellationToken)
    {
        var page = await hub.ReadAsync(query, after, until, Page, cancellationToken);
        return (await WriteAsync(page, cancellationToken), page.HasMore);
    }

    private async Task<FeedPosition> WriteAsync(FeedPage page, CancellationToken cancellationToken)
    {
        if (page.HasGap) Write(EventFrame.Gap(page.Position).Octets);
        foreach (var found in page.Events)
        {
            Write(EventFrame.Of(found, mapping).Octets);
            if (_unflushed >= MaxUnflushed) await FlushAsync(cancellationToken);
        }

        await FlushAsync(cancellationToken);
        return page.Position;
    }

    private void Write(ReadOnlyMemory<byte> octets)
    {
        output.Write(octets.Span);
        _unflushed += octets.Length;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxWrite, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await output.FlushAsync(both.Token);
            _unflushed = 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SlowReaderException();
        }
    }
}
