using BenchmarkDotNet.Attributes;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;

namespace Postfleet.Benchmarks.Queues;

/// <summary>
/// A message in its queue, from the offer to the settlement, in rounds of 100 messages. Many other messages wait for their next attempt.
/// </summary>
public class DecideBenchmarks
{
    private const int Messages = 100;

    private readonly List<IQueueEvent> _events = [];
    private QueueRun _run = null!;

    [Params(0, 1_000_000)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _run = new QueueRun();
        if (Waiting > 0) _run.End(Start(_run, Waiting), 1, Disposition.Deferred);
        var life = new QueueRun { Written = _events.AddRange };
        Live(life);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public void DecideAndApply()
    {
        Live(_run);
        if (_run.State.Entries.Count != Waiting) throw new InvalidOperationException("the queue has not let its messages go");
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public object ApplyAlone()
    {
        var state = new QueueState(new ReplyPool());
        foreach (var e in _events) state.Apply(e);
        return state;
    }

    private static MessageId[] Start(QueueRun run, int count)
    {
        var messages = run.Offer(count);
        run.Route();
        run.Grant(count);
        return messages;
    }

    private static void Live(QueueRun run)
    {
        var messages = Start(run, Messages);
        run.End(messages, 1, Disposition.Delivered);
        run.Settle(messages, 1);
        // The highest rate at which no settled message is forgotten too early.
        run.Now += TimeSpan.FromMilliseconds(10);
    }
}
