using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>Every job that the destination has: waiting, running, and ended without an acknowledgement; and, for a while, those acknowledged.</summary>
internal sealed class JobBook
{
    private readonly Dictionary<PartId, Job> _jobs = [];
    private readonly Dictionary<QueueKey, LinkedList<Job>> _waiting = [];
    private readonly Dictionary<QueueKey, List<Job>> _unreported = [];
    private readonly FairRing _turns = new();
    private readonly Dictionary<(PartId, int), JobOutcome> _remembered = [];
    private readonly Queue<(PartId Part, int Attempt, long Until)> _memory = new();
    private readonly LinkedList<Job> _reported = [];

    public int Waiting { get; private set; }

    public int Running { get; private set; }

    /// <summary>Ended and not acknowledged.</summary>
    public int Unacknowledged => _jobs.Count - Waiting - Running;

    public bool HasUnreported => _unreported.Count > 0;

    public Job? Find(PartId part) => _jobs.GetValueOrDefault(part);

    public JobOutcome? Recall(PartId part, int attempt) => _remembered.GetValueOrDefault((part, attempt));

    public void Add(Job job, bool isFirst = false)
    {
        _jobs[job.Part] = job;
        Waiting++;
        Queue(job, isFirst);
    }

    /// <summary>Takes the next job to run, in turns of the queues.</summary>
    public Job? Take()
    {
        if (!_turns.TryTake(out var queue)) return null;
        var waiting = _waiting[queue];
        var job = waiting.First!.Value;
        waiting.RemoveFirst();
        if (waiting.Count > 0) _turns.Add(queue);
        else _waiting.Remove(queue);
        Waiting--;
        Running++;
        job.IsRunning = true;
        return job;
    }

    /// <summary>Puts a running job back in front of its queue's others.</summary>
    public void PutBack(Job job)
    {
        Running--;
        Waiting++;
        job.IsRunning = false;
        Queue(job, isFirst: true);
    }

    public void End(Job job, JobOutcome outcome)
    {
        if (job.IsRunning) Running--;
        job.IsRunning = false;
        job.Outcome = outcome;
        _jobs[job.Part] = job;
        Report(job);
    }

    /// <summary>Has an outcome sent (again) with the next reports.</summary>
    public void Report(Job job)
    {
        job.ReportedAt = 0;
        if (_unreported.TryGetValue(job.Part.Queue, out var jobs)) jobs.Add(job);
        else _unreported.Add(job.Part.Queue, [job]);
    }

    /// <summary>Takes the reports that wait, by queue.</summary>
    public IEnumerable<(QueueKey Queue, IReadOnlyList<JobOutcome> Jobs)> TakeReports(long now)
    {
        if (_unreported.Count == 0) yield break;
        var taken = _unreported.ToList();
        _unreported.Clear();
        foreach (var (queue, jobs) in taken)
        {
            foreach (var job in jobs)
            {
                job.ReportedAt = now;
                _reported.AddLast(job);
            }

            foreach (var chunk in jobs.Chunk(Outcomes.MaxJobs)) yield return (queue, [.. chunk.Select(job => job.Outcome!)]);
        }
    }

    /// <summary>Has outcomes sent again that were sent before a time and not acknowledged.</summary>
    public void ReportAgain(long sentBefore)
    {
        while (_reported.First is { } node && node.Value.ReportedAt <= sentBefore)
        {
            _reported.RemoveFirst();
            var job = node.Value;
            if (job.ReportedAt != 0 && ReferenceEquals(_jobs.GetValueOrDefault(job.Part), job)) Report(job);
        }
    }

    public void Acknowledge(PartId part, int attempt, long now)
    {
        if (_jobs.GetValueOrDefault(part) is not { Outcome: { } outcome } job || job.Attempt != attempt) return;
        _jobs.Remove(part);
        // A job that was not tried may be tried when it comes again.
        if (outcome.End != JobEnd.Returned) Remember(part, attempt, outcome, now);
    }

    public void Forget(Job job) => _jobs.Remove(job.Part);

    public void ForgetOld(long now)
    {
        while (_memory.TryPeek(out var oldest) && (oldest.Until <= now || _memory.Count > DestinationRules.MaxMemory))
        {
            _memory.Dequeue();
            _remembered.Remove((oldest.Part, oldest.Attempt));
        }

        while (_reported.First is { } node && !ReferenceEquals(_jobs.GetValueOrDefault(node.Value.Part), node.Value)) _reported.RemoveFirst();
    }

    /// <summary>Takes all waiting jobs out, to be ended without an attempt.</summary>
    public IReadOnlyList<Job> TakeWaiting()
    {
        var jobs = _waiting.Values.SelectMany(waiting => waiting).ToList();
        _waiting.Clear();
        _turns.Clear();
        Waiting = 0;
        return jobs;
    }

    private void Queue(Job job, bool isFirst)
    {
        if (!_waiting.TryGetValue(job.Part.Queue, out var waiting)) _waiting.Add(job.Part.Queue, waiting = []);
        if (isFirst) waiting.AddFirst(job);
        else waiting.AddLast(job);
        _turns.Add(job.Part.Queue);
    }

    private void Remember(PartId part, int attempt, JobOutcome outcome, long now)
    {
        if (_remembered.TryAdd((part, attempt), outcome)) _memory.Enqueue((part, attempt, now + DestinationRules.Memory.Ticks));
        if (_memory.Count > DestinationRules.MaxMemory) ForgetOld(now);
    }
}
