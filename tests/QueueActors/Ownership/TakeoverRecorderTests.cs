using Akka.Actor;
using Akka.TestKit.Xunit2;
using Postfleet.QueueActors.Ownership;
using Postfleet.QueueActors.Tests.State;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.QueueActors.Tests.Ownership;

public sealed class TakeoverRecorderTests() : TestKit(
    VirtualTime.Config + "\nakka.actor.provider = cluster\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }")
{
    private readonly RecordingLogger _log = new();
    private readonly Kept _history = new();

    private VirtualTime Time => field ??= new VirtualTime((Akka.TestKit.TestScheduler)Sys.Scheduler);

    [Fact]
    public async Task Changes_are_written_in_batches_and_again_after_a_failure()
    {
        var buffer = new TakeoverBuffer(Time);
        buffer.Add(QueueDriver.Queue, 1, "127.0.0.9:1");
        var recorder = Sys.ActorOf(Props.Create(() => new TakeoverRecorder(buffer, _history, "127.0.0.1:1", Time, _log)));
        await VirtualTime.SyncAsync(recorder);
        _history.Fault = new SpoolUnavailableException("away", new IOException());
        buffer.Add(QueueDriver.Queue, 2, "127.0.0.9:1");
        buffer.Add(QueueDriver.Queue, 3, "127.0.0.9:1");
        await PassAsync(recorder, TakeoverRecorder.Interval);
        Assert.Equal(1, _history.Calls);
        await PassAsync(recorder, TakeoverRecorder.FailurePause);
        Assert.Equal(2, _history.Calls);
        Assert.Single(_log.Lines, line => line.Id == 2026);
        _history.Fault = null;
        buffer.Add(QueueDriver.Queue, 4, "127.0.0.9:1");
        await PassAsync(recorder, TakeoverRecorder.FailurePause);
        // The change before the start is dropped.
        Assert.Equal([2, 3], _history.Rows.Select(row => row.Number));
        Assert.Equal(("127.0.0.1:1", "127.0.0.9:1", TakeoverReason.Unknown), (
            _history.Rows[0].Owner, _history.Rows[0].FormerOwner, _history.Rows[0].Reason));
        await PassAsync(recorder, TakeoverRecorder.Interval);
        Assert.Equal([2, 3, 4], _history.Rows.Select(row => row.Number));
    }

    [Fact]
    public void Buffer_is_bounded_and_counts_the_rest()
    {
        var buffer = new TakeoverBuffer(Time) { IsRead = true };
        for (var i = 0; i < TakeoverBuffer.Capacity + 3; i++) buffer.Add(QueueDriver.Queue, i, "a:1");
        Assert.Equal((3, 0), (buffer.TakeDropped(), buffer.TakeDropped()));
        Assert.Equal([0, 1], buffer.Take(2).Select(each => each.Number));
    }

    private async Task PassAsync(IActorRef actor, TimeSpan time)
    {
        Time.Advance(time);
        await VirtualTime.SyncAsync(actor);
        // The result of the write.
        await VirtualTime.SyncAsync(actor);
    }

    private sealed class Kept : ITakeoverHistory
    {
        public List<QueueTakeover> Rows { get; } = [];

        public Exception? Fault { get; set; }

        public int Calls { get; private set; }

        public bool KeepsTakeovers => true;

        public ValueTask RecordAsync(IReadOnlyList<QueueTakeover> takeovers, CancellationToken cancellationToken)
        {
            Calls++;
            if (Fault is { } fault) throw fault;
            Rows.AddRange(takeovers);
            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlyList<QueueTakeover>> FindAsync(
            IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
