using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Admin.Events;
using Postfleet.Admin.Messaging;
using Postfleet.Admin.Tests.Fakes;
using Postfleet.Core.Classification;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Admin.Tests.Events;

/// <summary>A stream and its client's pace, with the test's clock.</summary>
public sealed class EventStreamTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeFeed _feed = new();
    private readonly MessageMapping _mapping = new(BounceClassifier.Shipped);
    private readonly CancellationTokenSource _end = new();
    private readonly EventHub _hub;
    private Task _running = Task.CompletedTask;

    public EventStreamTests() => _hub = new EventHub(_feed, _mapping, _time, NullLoggerFactory.Instance);

    public void Dispose()
    {
        _end.Cancel();
        _hub.Dispose();
        _end.Dispose();
    }

    [Fact]
    public async Task A_client_that_does_not_take_a_write_is_cut_off()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        Start(pipe);
        _time.Advance(EventStream.MaxWrite - TimeSpan.FromSeconds(1));
        Assert.False(_running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<SlowReaderException>(() => _running.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_client_that_falls_behind_gets_each_event_at_its_own_pace()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var stream = Start(pipe);
        HistoryEvent[] events =
        [
            .. Enumerable.Range(0, EventStream.MaxWaiting + 500).Select(index => EventEndpointsTests.Event(index, HistoryKind.Delivered)),
        ];
        foreach (var one in events) _feed.Add(one);
        stream.Offer([.. events.Select((one, index) => EventFrame.Of(new FeedEvent(one, FakeFeed.At(index + 1)), _mapping))]);
        var text = new StringBuilder();
        while (!text.ToString().Contains($"\"{events.Length - 1}@a.test\"", StringComparison.Ordinal)) text.Append(await ReadAsync(pipe));
        var ids = text.ToString().Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).ToList();
        Assert.Equal((events.Length, events.Length), (ids.Count, ids.Distinct().Count()));
    }

    [Fact]
    public async Task A_silent_stream_sends_its_position_every_15_seconds()
    {
        var pipe = new Pipe();
        Start(pipe);
        var expected = $":\nid: {FakeFeed.At(0)}\n\n";
        Assert.Equal(expected, await ReadAsync(pipe));
        for (var i = 0; i < 2; i++)
        {
            var next = ReadAsync(pipe);
            await Eventually.Done(next, () => _time.Advance(EventStream.KeepAlive), "the stream sends its position");
            Assert.Equal(expected, await next);
        }
    }

    private EventStream Start(Pipe pipe)
    {
        var stream = new EventStream(_hub, new FeedQuery(), _mapping, pipe.Writer, _time);
        _running = stream.RunAsync(null, null, _end.Token);
        return stream;
    }

    private static async Task<string> ReadAsync(Pipe pipe)
    {
        var read = await pipe.Reader.ReadAsync();
        var text = Encoding.UTF8.GetString(read.Buffer);
        pipe.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
