using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messaging;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Events;

/// <summary>
/// Reads the feed of events for all streams of the node: a query a second, and sooner after writes of this node. Reads nothing while there
/// is no stream. Requests call it on their threads; the loop runs on the thread pool.
/// </summary>
internal sealed class EventHub(IEventFeed feed, MessageMapping mapping, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    /// <summary>Most streams of a node.</summary>
    public const int MaxStreams = 100;

    /// <summary>Time between two reads while nothing is written on this node.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Least time between two reads.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);
    private static readonly FeedQuery Everything = new();

    private readonly ILogger _logger = loggers.CreateLogger("Admin");
    private readonly Lock _lock = new();

    // Streams that catch up must leave connections of the storage to searches.
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly List<IEventReceiver> _streams = [];
    private CancellationTokenSource? _running;
    private FeedPosition _position;
    private int _open;
    private long? _logged;

    /// <summary>How long an open transaction has held back events.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>Takes a place for a stream; false when all are taken.</summary>
    public bool TryOpen()
    {
        if (Interlocked.Increment(ref _open) <= MaxStreams) return true;
        Close();
        return false;
    }

    /// <summary>Gives the place back.</summary>
    public void Close() => Interlocked.Decrement(ref _open);

    /// <summary>The position up to which streams have been offered all events.</summary>
    public FeedPosition Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>Reads earlier events for a stream; one page at a time for all streams of the node.</summary>
    public async ValueTask<FeedPage> ReadAsync(
        FeedQuery query, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return await feed.ReadAsync(query, after, until, limit, cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Adds a stream, which is offered all events from the returned position on.</summary>
    public async ValueTask<FeedPosition> JoinAsync(IEventReceiver stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_running is not null)
            {
                _streams.Add(stream);
                return _position;
            }
        }

        var end = await feed.GetEndAsync(cancellationToken);
        lock (_lock)
        {
            _streams.Add(stream);
            if (_running is not null) return _position;
            _position = end;
            var running = _running = new CancellationTokenSource();
            _ = Task.Run(() => RunAsync(running), CancellationToken.None);
            return end;
        }
    }

    /// <summary>Removes a stream. The last one ends the loop.</summary>
    public void Leave(IEventReceiver stream)
    {
        lock (_lock)
        {
            if (!_streams.Remove(stream) || _streams.Count > 0) return;
            _ = _running?.CancelAsync();
            _running = null;
        }
    }

    public void Dispose()
    {
        lock (_lock) _ = _running?.CancelAsync();
    }

    private async Task RunAsync(CancellationTokenSource running)
    {
        var token = running.Token;
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var watch = feed.Watch(() => wake.Writer.TryWrite(true));
        try
        {
            while (true)
            {
                var hasMore = await ReadNewAsync(running);
                await Task.Delay(hasMore ? TimeSpan.Zero : MinInterval, time, token);
                if (!hasMore) await WaitAsync(wake.Reader, token);
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The last stream has ended.
        }
#pragma warning disable CA1031 // The streams end; their clients reconnect, and a new loop begins.
        catch (Exception e)
#pragma warning restore CA1031
        {
            AdminLog.EventsFailed(_logger, e);
            EndAll(running, e);
        }
    }

    private async Task WaitAsync(ChannelReader<bool> wake, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Interval - MinInterval, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await wake.WaitToReadAsync(both.Token);
            wake.TryRead(out _);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time for the next read.
        }
    }

    private async Task<bool> ReadNewAsync(CancellationTokenSource running)
    {
        FeedPage page;
        try
        {
            page = await feed.ReadAsync(Everything, Position, null, IEventFeed.MaxPage, running.Token);
        }
        catch (SpoolUnavailableException e)
        {
            // The streams wait: the position stays.
            if (MayLog()) AdminLog.EventsUnavailable(_logger, e);
            return false;
        }

        if (page.Delay >= EventFrame.LongDelay && MayLog()) AdminLog.EventsDelayed(_logger, page.Delay.TotalSeconds);
        var frames = page.Events.Select(found => EventFrame.Of(found, mapping)).ToList();
        if (page.HasGap) frames.Insert(0, EventFrame.Gap(Position));
        lock (_lock)
        {
            // The streams of a later loop begin at their own position.
            if (_running != running) return false;
            Delay = page.Delay;
            foreach (var stream in _streams) stream.Offer(frames);
            _position = page.Position;
        }

        return page.HasMore;
    }

    private void EndAll(CancellationTokenSource running, Exception cause)
    {
        lock (_lock)
        {
            if (_running != running) return;
            foreach (var stream in _streams) stream.End(cause);
            _running = null;
            _streams.Clear();
        }
    }

    private bool MayLog()
    {
        if (_logged is { } last && time.GetElapsedTime(last) < LogInterval) return false;
        _logged = time.GetTimestamp();
        return true;
    }
}
