using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The jobs that wait for a connection, in the order in which they get one: in turns of streams and queues.</summary>
internal sealed class JobBook
{
    private readonly FairRing _turns = new();
    private readonly Queue<Job> _first = new();

    /// <summary>Jobs that wait.</summary>
    public int Waiting { get; private set; }

    public void Add(Job job)
    {
        job.Line.Waiting.Enqueue(job);
        _turns.Add(job.Line);
        Waiting++;
    }

    /// <summary>A job whose connection ended before it was begun goes before the others.</summary>
    public void AddFirst(Job job)
    {
        _first.Enqueue(job);
        Waiting++;
    }

    public bool TryTake([NotNullWhen(true)] out Job? job)
    {
        if (!_first.TryDequeue(out job))
        {
            if (!_turns.TryTake(out var line)) return false;
            job = line.Waiting.Dequeue();
            if (line.Waiting.Count > 0) _turns.Add(line);
        }

        Waiting--;
        return true;
    }
}
