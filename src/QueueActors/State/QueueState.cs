using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// What a queue's journal says: its messages and what the spool still has to settle. Changed by <see cref="Apply(IQueueEvent)"/> alone,
/// which is total and reads no clock, so that a replay gives the same state, but for two things that are known without an event: the
/// settlements that the spool has confirmed, and the hand-off marks that it holds. Both only save repeated work: losing them in a crash is
/// harmless.
/// </summary>
internal sealed class QueueState(ReplyPool replies)
{
    private readonly Dictionary<MessageId, QueueEntry> _entries = [];
    private readonly Dictionary<MessageId, List<SettlementRequest>> _unsettled = [];
    private LeanQueue<QueueEntry> _byAge;
    private QueueState? _checkpoint;

    public IReadOnlyCollection<QueueEntry> Entries => _entries.Values;

    /// <summary>Reports by message, in the order in which they have to be settled.</summary>
    public IReadOnlyDictionary<MessageId, List<SettlementRequest>> Unsettled => _unsettled;

    public int OpenRecipients { get; private set; }

    public int InFlight { get; private set; }

    /// <summary>Until when the site as a whole is left alone.</summary>
    public DateTimeOffset? SiteUntil { get; private set; }

    public SmtpReply? SiteReply { get; private set; }

    /// <summary>How often in a row the site was found unreachable, or its route could not be found.</summary>
    public int SiteFailures { get; private set; }

    public SmtpReply? LastNegativeReply { get; private set; }

    /// <summary>Events since the last compaction: what a replay would have to read.</summary>
    public long EventsSinceCompaction { get; private set; }

    /// <summary>Whether the queue has no mail, and the spool has confirmed all that became of it.</summary>
    public bool IsEmpty => _entries.Count == 0 && _unsettled.Count == 0;

    /// <summary>Whether the state is that of a queue which never had mail.</summary>
    public bool IsBlank => IsEmpty && SiteUntil is null && SiteReply is null && SiteFailures == 0 && LastNegativeReply is null;

    public bool Knows(MessageId message) => _entries.ContainsKey(message) || _unsettled.ContainsKey(message);

    public QueueEntry? Find(MessageId message) => _entries.GetValueOrDefault(message);

    /// <summary>When the oldest message was accepted, by the order in which they came; null when there is none.</summary>
    public DateTimeOffset? FindOldest()
    {
        while (_byAge.TryPeek(out var entry) && entry.IsRemoved) _byAge.Dequeue();
        return _byAge.TryPeek(out var oldest) ? oldest.AcceptedAt : null;
    }

    /// <summary>The messages in the order in which they came.</summary>
    public IEnumerable<QueueEntry> InOrder()
    {
        for (var i = 0; i < _byAge.Count; i++) if (!_byAge[i].IsRemoved) yield return _byAge[i];
    }

    public void Apply(IQueueEvent @event)
    {
        EventsSinceCompaction++;
        switch (@event)
        {
            case MessageEnqueued e:
                Add(new QueueEntry(e.Part, RecipientSet.All(e.Part.Recipients))); break;
            case AttemptsStarted e: Start(e); break;
            case AttemptEnded e: End(e); break;
            case MessageExpired e: Expire(e); break;
            case MessageDelayed e: Delay(e); break;
            case SiteDeferred e: DeferSite(e); break;
            case OwnershipTaken: break;
            default: throw new InvalidOperationException($"unknown queue event {@event.GetType().Name}");
        }
    }

    /// <summary>Collects a piece of a checkpoint; the last one replaces the state.</summary>
    public void Apply(CheckpointPiece piece)
    {
        if (piece.Index == 0) _checkpoint = new QueueState(replies);
        // A later piece without the first one belongs to a run whose start was deleted with the events before it: never complete.
        if (_checkpoint is not { } checkpoint) return;
        foreach (var entry in piece.Entries) checkpoint.Add(CheckpointReader.Read(entry, replies));
        foreach (var report in piece.Unsettled) checkpoint.AddReport(CheckpointReader.Read(report));
        if (!piece.IsLast) return;
        Become(checkpoint);
        // Without it the checkpoint is of an older program: what the events before it say of the site holds, as far as they are still
        // there.
        if (piece.Queue is { } queue) Become(queue);
    }

    /// <summary>The spool has confirmed a report; it is known without an event.</summary>
    public void ConfirmSettled(MessageId message, int attempt)
    {
        if (!_unsettled.TryGetValue(message, out var reports)) return;
        reports.RemoveAll(report => report.Attempt <= attempt);
        if (reports.Count == 0) _unsettled.Remove(message);
    }

    /// <summary>The spool is going to lose its hand-off marks: all are to be written again.</summary>
    public void ForgetMarks()
    {
        foreach (var entry in _entries.Values) entry.IsMarked = false;
    }

    /// <summary>
    /// Rows were lost. A report on a message that goes on, but is not here, is not made: the message comes back with all its recipients,
    /// and its attempts are counted anew. The spool would take a later attempt for one that it has settled.
    /// </summary>
    public void ForgetOrphans()
    {
        foreach (var (message, reports) in _unsettled)
            if (!_entries.ContainsKey(message) && !reports.Exists(report => report.IsFinal)) _unsettled.Remove(message);
    }

    /// <summary>A checkpoint stands in the journal, or there is nothing to keep.</summary>
    public void MarkCompacted() => EventsSinceCompaction = 0;

    /// <summary>Gives back the room that is not needed.</summary>
    public void Trim()
    {
        _byAge.Trim();
        if (_unsettled.Count == 0) _unsettled.TrimExcess();
        if (2 * _entries.Count < _entries.Capacity) _entries.TrimExcess();
    }

    private void Add(QueueEntry entry)
    {
        if (!_entries.TryAdd(entry.Message, entry)) return;
        _byAge.Enqueue(entry);
        // One message that stays must not keep the memory of all that came after it and went.
        if (_byAge.Count > 2 * _entries.Count + 1000) _byAge.Keep(e => !e.IsRemoved);
        if (entry.NextDue == 0) entry.NextDue = entry.AcceptedAt.UtcTicks;
        OpenRecipients += entry.Open.Count;
        if (entry.IsInFlight) InFlight++;
    }

    private void Start(AttemptsStarted e)
    {
        foreach (var attempt in e.Attempts)
        {
            if (!_entries.TryGetValue(attempt.Message, out var entry)) continue;
            if (!entry.IsInFlight) InFlight++;
            entry.IsInFlight = true;
            entry.Attempt = attempt.Attempt;
            entry.Destination = e.Destination;
            entry.SentAt = 0;
        }
    }

    private void End(AttemptEnded e)
    {
        if (!_entries.TryGetValue(e.Message, out var entry)) return;
        Land(entry, e.Attempt);
        switch (e.Result)
        {
            case AttemptResult.PartGone:
                Remove(entry);
                return;
            case AttemptResult.Crashed:
                if (entry.Crashes < short.MaxValue) entry.Crashes++;
                entry.Tries++;
                break;
            case AttemptResult.Attempted:
                entry.Tries++;
                // An answer of whatever kind says that the site is there.
                (SiteUntil, SiteReply, SiteFailures) = (null, null, 0);
                break;
        }

        List<RecipientOutcome>? reported = null;
        var closed = RecipientSet.Empty;
        foreach (var outcome in e.Recipients)
        {
            if (outcome.Disposition != Disposition.Delivered) LastNegativeReply = replies.Share(outcome.Reply);
            if (outcome.Disposition == Disposition.Deferred)
            {
                entry.LastReply = LastNegativeReply;
                entry.LastRemoteHost = replies.Share(outcome.RemoteHost);
                continue;
            }

            closed = closed.Union(outcome.Recipients);
            if (outcome.Disposition == Disposition.Failed || outcome.Success != SuccessReport.None) (reported ??= []).Add(outcome);
        }

        Close(entry, closed, e.Attempt, ReportCause.Attempt, reported ?? []);
        if (!entry.IsRemoved) entry.NextDue = (e.NextDue ?? e.At).UtcTicks;
    }

    private void Expire(MessageExpired e)
    {
        if (!_entries.TryGetValue(e.Message, out var entry)) return;
        Land(entry, e.Attempt);
        LastNegativeReply = replies.Share(e.Reply);
        Close(entry, entry.Open, e.Attempt, ReportCause.Expired,
            [new RecipientOutcome(entry.Open, Disposition.Failed, e.Reply, e.RemoteHost)]);
    }

    private void Delay(MessageDelayed e)
    {
        if (!_entries.TryGetValue(e.Message, out var entry)) return;
        Land(entry, e.Attempt);
        entry.IsDelayReported = true;
        Report(entry, e.Attempt, isFinal: false, ReportCause.Delayed,
            [new RecipientOutcome(entry.Open, Disposition.Deferred, e.Reply, e.RemoteHost)]);
    }

    private void DeferSite(SiteDeferred e)
    {
        (SiteUntil, SiteReply) = (e.Until, replies.Share(e.Reply));
        LastNegativeReply = SiteReply;
        SiteFailures++;
    }

    private void Land(QueueEntry entry, int attempt)
    {
        if (entry.IsInFlight) InFlight--;
        entry.IsInFlight = false;
        entry.Attempt = attempt;
        entry.Destination = default;
    }

    private void Close(QueueEntry entry, RecipientSet closed, int attempt, ReportCause cause, List<RecipientOutcome> reported)
    {
        var before = entry.Open.Count;
        entry.Open = entry.Open.Except(closed);
        OpenRecipients -= before - entry.Open.Count;
        var isFinal = entry.Open.IsEmpty;
        if (isFinal) Remove(entry);
        if (isFinal || reported.Count > 0) Report(entry, attempt, isFinal, cause, reported);
    }

    private void Report(QueueEntry entry, int attempt, bool isFinal, ReportCause cause, List<RecipientOutcome> reported) =>
        AddReport(
            new SettlementRequest(entry.Message, attempt, isFinal, entry.AcceptedAt, cause, reported));

    private void Remove(QueueEntry entry)
    {
        OpenRecipients -= entry.Open.Count;
        entry.IsRemoved = true;
        _entries.Remove(entry.Message);
    }

    private void AddReport(SettlementRequest report)
    {
        if (_unsettled.TryGetValue(report.Message, out var reports)) reports.Add(report);
        else _unsettled.Add(report.Message, [report]);
    }

    private void Become(QueueState checkpoint)
    {
        _entries.Clear();
        _byAge.Clear();
        _unsettled.Clear();
        (OpenRecipients, InFlight, EventsSinceCompaction) = (0, 0, 0);
        while (checkpoint._byAge.TryDequeue(out var entry)) if (!entry.IsRemoved) Add(entry);
        foreach (var reports in checkpoint._unsettled.Values) reports.ForEach(AddReport);
        _checkpoint = null;
    }

    private void Become(CheckpointQueue queue)
    {
        SiteUntil = queue.SiteUntil;
        SiteReply = queue.SiteReply is { } reply ? replies.Share(reply) : null;
        SiteFailures = queue.SiteFailures;
        LastNegativeReply = queue.LastNegativeReply is { } last ? replies.Share(last) : null;
    }
}
