using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The state of a queue as described by its journal: messages, and unsettled reports. Changed by <see cref="Apply(IQueueEvent)"/>, which is
/// total and reads no clock. A replay restores the same state except for two facts without events: the settlements confirmed by the spool,
/// and the hand-off marks in the spool. Both only save repeated work, so their loss in a crash is harmless. Owned by the queue's actor and
/// used on its thread.
/// </summary>
internal sealed partial class QueueState(ReplyPool replies, bool keepsOutcomes = false)
{
    private readonly Dictionary<MessageId, QueueEntry> _entries = [];
    private readonly UnsettledReports _unsettled = new();
    private ArrivalOrder _byAge;

    public IReadOnlyCollection<QueueEntry> Entries => _entries.Values;

    /// <summary>Reports by message, in the order in which they must be settled.</summary>
    public IReadOnlyDictionary<MessageId, List<SettlementRequest>> Unsettled => _unsettled;

    /// <summary>The number of messages whose move to another queue the spool has not confirmed yet.</summary>
    public int Moving => _unsettled.Moves;

    public int OpenRecipients { get; private set; }

    public int InFlight { get; private set; }

    /// <summary>The number of messages on hold.</summary>
    public int Held { get; private set; }

    /// <summary>The end of the site's pause; null if there is none.</summary>
    public DateTimeOffset? SiteUntil { get; private set; }

    /// <summary>When the first of the failures in succession was; null if there is none, or it is not known.</summary>
    public DateTimeOffset? SiteSince { get; private set; }

    public SmtpReply? SiteReply { get; private set; }

    /// <summary>How many times in succession the site was unreachable, or its route could not be resolved.</summary>
    public int SiteFailures { get; private set; }

    public SmtpReply? LastNegativeReply { get; private set; }

    /// <summary>The number of events since the last compaction, which a replay would read.</summary>
    public long EventsSinceCompaction { get; private set; }

    /// <summary>Whether the queue has no mail, and the spool has confirmed all its reports.</summary>
    public bool IsEmpty => _entries.Count == 0 && _unsettled.Count == 0;

    /// <summary>Whether the state equals the state of a new queue.</summary>
    public bool IsBlank => IsEmpty && SiteUntil is null && SiteReply is null && SiteFailures == 0 && LastNegativeReply is null;

    public bool Knows(MessageId message) => _entries.ContainsKey(message) || _unsettled.ContainsKey(message);

    public QueueEntry? Find(MessageId message) => _entries.GetValueOrDefault(message);

    /// <summary>
    /// When the oldest message was accepted, by order of arrival; null if the queue is empty. A message with a time of sending counts from
    /// this time, which may be in the future.
    /// </summary>
    public DateTimeOffset? FindOldest() => _byAge.TryPeek(out var oldest) ? oldest.Part.SendAt : null;

    /// <summary>The messages in order of arrival.</summary>
    public IEnumerable<QueueEntry> InOrder() => _byAge.Enumerate();

    public void Apply(IQueueEvent @event)
    {
        EventsSinceCompaction++;
        switch (@event)
        {
            case MessageEnqueued { Moved: { } moved } e: Add(CheckpointReader.Read(e.Part, moved, replies)); break;
            case MessageEnqueued e: Add(new QueueEntry(e.Part, RecipientSet.All(e.Part.Recipients))); break;
            case AttemptsStarted e: Start(e); break;
            case AttemptEnded e: End(e); break;
            case MessageExpired e: Expire(e); break;
            case MessageDelayed e: Delay(e); break;
            case SiteDeferred e: DeferSite(e); break;
            case ActionApplied e: Act(e); break;
            case OwnershipTaken: break;
            default: throw new InvalidOperationException($"unknown queue event {@event.GetType().Name}");
        }

        if (_replayed is not { } replayed) return;
        if (RecordOf(@event) is { } record) replayed.Add(record);
        if (@event is ActionApplied action) foreach (var each in RecordsOf(action)) replayed.Add(each);
    }

    /// <summary>Removes the reports of a message after the spool has confirmed them. No event records this.</summary>
    public void ConfirmSettled(MessageId message, int attempt) => _unsettled.Confirm(message, attempt);

    /// <summary>Clears the hand-off marks: the spool is about to lose them, so all must be written again.</summary>
    public void ClearMarks()
    {
        foreach (var entry in _entries.Values) entry.IsMarked = false;
    }

    /// <summary>
    /// Drops reports about messages which continue but are missing after a loss of rows. A lost message returns with all its recipients,
    /// and its attempts are counted anew; the spool would take a later attempt for an attempt settled before. Replayed records are dropped
    /// for the same reason.
    /// </summary>
    public void DropOrphanReports()
    {
        _unsettled.RemoveOrphans(_entries);
        _replayed = null;
    }

    /// <summary>Resets the count of events, since the journal contains a checkpoint or the queue is empty.</summary>
    public void MarkCompacted() => EventsSinceCompaction = 0;

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _byAge.Trim();
        if (_unsettled.Count == 0) _unsettled.TrimExcess();
        if (2 * _entries.Count < _entries.Capacity) _entries.TrimExcess();
    }

    private void Add(QueueEntry entry)
    {
        if (!_entries.TryAdd(entry.Message, entry)) return;
        _byAge.Add(entry, _entries.Count);
        if (entry.NextDue == 0) entry.NextDue = entry.SendAt;
        OpenRecipients += entry.Open.Count;
        if (entry.IsInFlight) InFlight++;
        if (entry.IsHeld) Held++;
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
        EndAttempt(entry, e.Attempt);
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
                // Any reply proves the site reachable.
                (SiteUntil, SiteSince, SiteReply, SiteFailures) = (null, null, null, 0);
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

        Close(entry, closed, e.Attempt, ReportCause.Attempt, reported ?? [], Kept(ReportCause.Attempt, e.At, e.Recipients, e.Details));
        if (!entry.IsRemoved) entry.NextDue = (e.NextDue ?? e.At).UtcTicks;
    }

    private void Expire(MessageExpired e)
    {
        if (!_entries.TryGetValue(e.Message, out var entry)) return;
        EndAttempt(entry, e.Attempt);
        LastNegativeReply = replies.Share(e.Reply);
        List<RecipientOutcome> failed = [new RecipientOutcome(entry.Open, Disposition.Failed, e.Reply, e.RemoteHost)];
        Close(entry, entry.Open, e.Attempt, ReportCause.Expired, failed, Kept(ReportCause.Expired, e.At, failed));
    }

    private void Delay(MessageDelayed e)
    {
        if (!_entries.TryGetValue(e.Message, out var entry)) return;
        EndAttempt(entry, e.Attempt);
        entry.IsDelayReported = true;
        List<RecipientOutcome> deferred = [new RecipientOutcome(entry.Open, Disposition.Deferred, e.Reply, e.RemoteHost)];
        _unsettled.Add(entry, e.Attempt, isFinal: false, ReportCause.Delayed, deferred, Kept(ReportCause.Delayed, e.At, deferred));
    }

    private void DeferSite(SiteDeferred e)
    {
        if (e.IsEnd)
        {
            (SiteUntil, SiteSince, SiteReply, SiteFailures) = (null, null, null, 0);
            return;
        }

        (SiteUntil, SiteReply) = (e.Until, LastNegativeReply = replies.Share(e.Reply));
        if (SiteFailures == 0) SiteSince = e.At;
        SiteFailures++;
    }

    private void EndAttempt(QueueEntry entry, int attempt)
    {
        if (entry.IsInFlight) InFlight--;
        entry.IsInFlight = false;
        entry.Attempt = attempt;
        entry.Destination = default;
    }

    private void Close(
        QueueEntry entry, RecipientSet closed, int attempt, ReportCause cause, List<RecipientOutcome> reported, PartOutcomes? outcomes)
    {
        var before = entry.Open.Count;
        entry.Open = entry.Open.Except(closed);
        OpenRecipients -= before - entry.Open.Count;
        var isFinal = entry.Open.IsEmpty;
        if (isFinal) Remove(entry);
        // History has the outcomes of recipients in the transaction of the event that closes them.
        if (isFinal || reported.Count > 0 || (outcomes is not null && !closed.IsEmpty))
            _unsettled.Add(entry, attempt, isFinal, cause, reported, outcomes);
    }

    private PartOutcomes? Kept(
        ReportCause cause, DateTimeOffset at, IReadOnlyList<RecipientOutcome> recipients, AttemptDetails? details = null) =>
        keepsOutcomes && recipients.Count > 0 ? new PartOutcomes(cause, at, recipients) { Details = details } : null;

    private void Remove(QueueEntry entry)
    {
        OpenRecipients -= entry.Open.Count;
        if (entry.IsHeld) Held--;
        entry.IsRemoved = true;
        _entries.Remove(entry.Message);
    }
}
