using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The jobs of a destination until their outcomes are acknowledged by their queues: an outcome is sent in a batch, and again until the
/// acknowledgement. The outcome of an acknowledged job is kept for a while: a late copy of the job is answered with it and not sent a
/// second time. A queue with the outcome in its journal ignores the answer. A queue whose database has lost the outcome needs it.
/// </summary>
internal sealed class OutcomeBook(DestinationRules rules)
{
    private readonly Dictionary<(PartId, int), Job> _jobs = [];
    private readonly PriorityQueue<(Job Job, int Sends), DateTimeOffset> _resends = new();
    private readonly Dictionary<QueueAccount, List<Job>> _toSend = [];
    private readonly Dictionary<QueueKey, List<JobOutcome>> _toRepeat = [];
    private readonly Dictionary<(PartId Part, int Attempt), JobOutcome> _remembered = [];
    private readonly Queue<(PartId Part, int Attempt, DateTimeOffset Until)> _rememberedInOrder = new();

    /// <summary>Jobs waiting, running, or without acknowledgement.</summary>
    public int Known => _jobs.Count;

    /// <summary>Unacknowledged outcomes.</summary>
    public int Unacknowledged { get; private set; }

    /// <summary>When the next outcome is to be sent again.</summary>
    public DateTimeOffset? NextResend => _resends.TryPeek(out _, out var at) ? at : null;

    /// <summary>Whether a job is known, or was acknowledged a while ago. Its outcome is sent again.</summary>
    public bool Repeat(PartId part, int attempt)
    {
        if (_jobs.TryGetValue((part, attempt), out var known))
        {
            if (known.Outcome is not null) Send(known);
            return true;
        }

        if (!_remembered.TryGetValue((part, attempt), out var outcome)) return false;
        if (!_toRepeat.TryGetValue(part.Queue, out var outcomes)) _toRepeat.Add(part.Queue, outcomes = []);
        outcomes.Add(outcome);
        return true;
    }

    /// <summary>A job has arrived.</summary>
    public void Add(Job job)
    {
        _jobs.Add((job.Part, job.Attempt), job);
        job.Account.Jobs++;
    }

    /// <summary>A job has ended.</summary>
    public void End(Job job, JobOutcome outcome)
    {
        job.Outcome = outcome;
        Unacknowledged++;
        Send(job);
    }

    /// <summary>A job goes back to its queue without an attempt.</summary>
    public void Return(Job job) => End(job, new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.NotAttempted, []));

    /// <summary>A queue has the outcome of a job in its journal.</summary>
    /// <returns>The job; null if it is unknown, or has not ended.</returns>
    public Job? Acknowledge(PartId part, int attempt, DateTimeOffset now)
    {
        if (!_jobs.TryGetValue((part, attempt), out var job) || job.Outcome is null) return null;
        _jobs.Remove((part, attempt));
        job.Account.Jobs--;
        Unacknowledged--;
        job.Sends = -1;
        if (_remembered.TryAdd((job.Part, job.Attempt), job.Outcome))
            _rememberedInOrder.Enqueue((job.Part, job.Attempt, now + rules.RememberFor));
        while (_rememberedInOrder.TryPeek(out var oldest) && (oldest.Until <= now || _rememberedInOrder.Count > rules.MaxRemembered))
        {
            _rememberedInOrder.Dequeue();
            _remembered.Remove((oldest.Part, oldest.Attempt));
        }

        // Acknowledged jobs are removed early, so a fast site does not keep the ended jobs of seconds in memory.
        while (_resends.TryPeek(out var next, out _) && next.Job.Sends != next.Sends) _resends.Dequeue();
        return job;
    }

    /// <summary>Adds the outcomes whose acknowledgement is overdue to the next batch.</summary>
    public void Tick(DateTimeOffset now)
    {
        while (_resends.TryPeek(out var next, out var at) && at <= now)
        {
            _resends.Dequeue();
            if (next.Job.Sends == next.Sends) Send(next.Job);
        }
    }

    /// <summary>The outcomes to be sent now, by queue.</summary>
    public IEnumerable<DestinationEffect.Report> Flush(DateTimeOffset now)
    {
        foreach (var (line, jobs) in _toSend)
        {
            // An outcome may have been acknowledged since it was added.
            jobs.RemoveAll(job => job.Sends < 0);
            if (jobs.Count == 0) continue;
            foreach (var job in jobs)
            {
                job.IsToBeSent = false;
                _resends.Enqueue((job, ++job.Sends), now + ResendAfter(job.Sends));
            }

            yield return new DestinationEffect.Report(line.Key, [.. jobs.Select(job => job.Outcome!)]);
        }

        _toSend.Clear();
        // Sent once: the queue sends the job again if the answer is lost.
        foreach (var (queue, outcomes) in _toRepeat) yield return new DestinationEffect.Report(queue, [.. outcomes]);
        _toRepeat.Clear();
    }

    // Adds an outcome to the next batch.
    private void Send(Job job)
    {
        if (job.IsToBeSent) return;
        job.IsToBeSent = true;
        if (!_toSend.TryGetValue(job.Account, out var jobs)) _toSend.Add(job.Account, jobs = []);
        jobs.Add(job);
    }

    private TimeSpan ResendAfter(int sends) => ExponentialPause.After(sends, rules.ResendAfter, rules.MaxResendAfter);
}
