using BenchmarkDotNet.Attributes;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;

namespace Postfleet.Benchmarks.Queues;

/// <summary>The heap of due times with a million entries: a due entry is removed and scheduled again.</summary>
public class HeapBenchmarks
{
    private const int Entries = 1_000_000;
    private const int Turns = 1000;

    private readonly PriorityQueue<QueueEntry, long> _heap = new();
    private readonly Random _random = new(1);

    [GlobalSetup]
    public void Prepare()
    {
        for (var i = 0; i < Entries; i++)
        {
            var due = _random.NextInt64(TimeSpan.TicksPerHour);
            _heap.Enqueue(new QueueEntry(new QueuedPart(MessageId.FromHalves(1, (ulong)i), 1, new DateTimeOffset(due, TimeSpan.Zero)),
                RecipientSet.All(1)), due);
        }
    }

    [Benchmark(OperationsPerInvoke = Turns)]
    public void PopAndSchedule()
    {
        for (var i = 0; i < Turns; i++)
        {
            _heap.TryDequeue(out var entry, out var due);
            _heap.Enqueue(entry!, due + TimeSpan.TicksPerHour - _random.NextInt64(TimeSpan.TicksPerMinute));
        }
    }
}
