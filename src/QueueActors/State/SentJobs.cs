using Postfleet.Contracts.Messages;
using Postfleet.Core.Collections;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The jobs of attempts in flight: when each was sent, and which have to be sent again. Owned by <see cref="Dispatcher"/>. A mutable
/// struct, used as a field and not copied.
/// </summary>
internal struct SentJobs
{
    /// <summary>
    /// A job without an outcome is sent again after this time, which is longer than a usual attempt. Repeating a job is idempotent and
    /// costs a single message.
    /// </summary>
    private static readonly long ResendAfter = TimeSpan.FromSeconds(60).Ticks;

    /// <summary>
    /// The same for a repeated job. A destination replies to an unknown job at once, but messages to a dead node or to a moving shard may
    /// be lost, and a minute is long for waiting mail.
    /// </summary>
    private static readonly long ResendAgainAfter = TimeSpan.FromSeconds(10).Ticks;

    // Two queues, each ordered by its time of repetition.
    private RingQueue<(QueueEntry Entry, int Attempt, long SentAt)> _sent;
    private RingQueue<(QueueEntry Entry, int Attempt, long SentAt)> _sentAgain;
    private RingQueue<QueueEntry> _unsent;

    /// <summary>Whether a job has to be sent again.</summary>
    public readonly bool HasUnsent => _unsent.Count > 0;

    /// <summary>Adds a recovered attempt in flight, which this owner has not sent.</summary>
    public void AddUnsent(QueueEntry entry) => _unsent.Enqueue(entry);

    /// <summary>Creates the job of an attempt started just now.</summary>
    public DeliveryJob Send(QueueEntry entry, long now) => Send(entry, now, ref _sent);

    /// <summary>When the next job has to be sent again; <see cref="long.MaxValue"/> if none.</summary>
    public long NextResend() => Math.Min(NextResend(ref _sent, ResendAfter), NextResend(ref _sentAgain, ResendAgainAfter));

    /// <summary>Requeues the jobs whose outcome is overdue.</summary>
    public void RequeueOverdue(long now)
    {
        while (NextResend(ref _sent, ResendAfter) <= now) Requeue(_sent.Dequeue());
        while (NextResend(ref _sentAgain, ResendAgainAfter) <= now) Requeue(_sentAgain.Dequeue());
    }

    /// <summary>Requeues all jobs.</summary>
    public void RequeueAll()
    {
        while (_sent.TryDequeue(out var sent) || _sentAgain.TryDequeue(out sent)) Requeue(sent);
    }

    /// <summary>
    /// Sends the requeued jobs. A repeated job goes to the destination where the attempt was started, even if the route has changed or is
    /// gone: only the first destination knows whether the attempt was made. The job names no hosts, so an unknown job is returned and not
    /// sent.
    /// </summary>
    public void Resend(long now, IDecisionBatch batch)
    {
        if (_unsent.Count == 0) return;
        var entries = new List<QueueEntry>(_unsent.Count);
        while (_unsent.TryDequeue(out var entry)) if (!entry.IsRemoved && entry.IsInFlight) entries.Add(entry);
        foreach (var group in entries.GroupBy(entry => entry.Destination))
        {
            foreach (var chunk in group.Chunk(Deliver.MaxJobs))
            {
                var jobs = new DeliveryJob[chunk.Length];
                for (var i = 0; i < chunk.Length; i++) jobs[i] = Send(chunk[i], now, ref _sentAgain);
                batch.Add(new QueueEffect.SendJobs(new DeliveryTarget(group.Key, TargetKind.Mx, [], 0), Deliver.IfKnown, jobs));
            }
        }
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _unsent.Trim();
        _sent.Trim();
        _sentAgain.Trim();
    }

    private static DeliveryJob Send(QueueEntry entry, long now, ref RingQueue<(QueueEntry Entry, int Attempt, long SentAt)> sent)
    {
        entry.IsReady = false;
        entry.SentAt = now;
        sent.Enqueue((entry, entry.Attempt, now));
        return new DeliveryJob(entry.Message, entry.Attempt, entry.Open);
    }

    private static long NextResend(ref RingQueue<(QueueEntry Entry, int Attempt, long SentAt)> sent, long after)
    {
        while (sent.TryPeek(out var first) && IsObsolete(first)) sent.Dequeue();
        return sent.TryPeek(out var next) ? next.SentAt + after : long.MaxValue;
    }

    private static bool IsObsolete((QueueEntry Entry, int Attempt, long SentAt) sent) =>
        !sent.Entry.IsInFlight || sent.Entry.Attempt != sent.Attempt || sent.Entry.SentAt != sent.SentAt;

    private void Requeue((QueueEntry Entry, int Attempt, long SentAt) sent)
    {
        if (IsObsolete(sent)) return;
        sent.Entry.SentAt = 0;
        _unsent.Enqueue(sent.Entry);
    }
}
