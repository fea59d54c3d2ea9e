using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Decides about offered parts: whether a part is new, known, or has to be checked in the spool, and whether new mail is held for its
/// first credit. Owned and called by <see cref="QueueMachine"/>.
/// </summary>
internal sealed class OfferIntake(QueueState state, QueueRules rules, IDecisionBatch batch, Dispatcher dispatcher, MarkTracker marks)
{
    /// <summary>
    /// The maximum number of parts whose existence is being checked. Further offers are not acknowledged and therefore repeated.
    /// </summary>
    private const int MaxChecks = 20_000;

    /// <summary>The maximum number of new parts waiting for the first credit.</summary>
    private const int MaxHeld = 1000;

    private OffersAwaitingCredit _held = new(rules.HoldFor);
    private HashSet<MessageId>? _checking;

    /// <summary>The messages settled recently by this owner.</summary>
    public RecentlySettled Settled { get; } = new();

    /// <summary>Whether no offer is held or being checked.</summary>
    public bool IsEmpty => _checking is null && _held.Count == 0;

    /// <summary>The number of held offers.</summary>
    public int Held => _held.Count;

    /// <summary>When the held offers must be enqueued, in UTC ticks; <see cref="long.MaxValue"/> if there are none.</summary>
    public long HeldUntil => _held.Until;

    /// <summary>Enqueues or holds new parts, acknowledges known parts, and has doubtful parts checked in the spool.</summary>
    public void Handle(QueueCommand.Offer offer, DateTimeOffset now)
    {
        List<MessageId>? acknowledged = null;
        List<PartOffer>? unknown = null;
        foreach (var part in offer.Message.Parts)
        {
            if (part.Part.Recipients is < 1 or > RecipientSet.MaxRecipients) continue;
            if (state.Knows(part.Message) || Settled.Knows(part.Message))
            {
                // A repeated offer of a known part means: the spool holds no mark yet. Without the mark the part would be offered again and
                // again.
                if (part.IsRepeat && state.Find(part.Message) is { IsMarked: false } entry) marks.AddNow(entry);
                (acknowledged ??= []).Add(part.Message);
            }
            else if (part.IsRepeat && _held.Count < MaxHeld && _held.Holds(part.Message))
            {
                // It is acknowledged together with the held offer.
                _held.Add(part, offer.ReplyTo, now.UtcTicks);
            }
            else if (!part.IsRepeat && Settled.Covers(part.Part.AcceptedAt))
            {
                if (_held.IsUsed && _held.Count < MaxHeld && part.Part.SendAt <= now && dispatcher.AwaitsFirstCredit(now))
                {
                    _held.Add(part, offer.ReplyTo, now.UtcTicks);
                    continue;
                }

                Enqueue(part.Part, now);
                (acknowledged ??= []).Add(part.Message);
            }
            else if ((_checking ??= []).Count < MaxChecks && _checking.Add(part.Message))
            {
                (unknown ??= []).Add(part);
            }
        }

        if (acknowledged is not null) batch.Add(new QueueEffect.AcknowledgeParts(offer.ReplyTo, acknowledged));
        if (unknown is not null) batch.Add(new QueueEffect.CheckParts(unknown, offer.ReplyTo));
    }

    /// <summary>Enqueues the held offers if a row is written anyway, their time is over, or credit is not awaited any more.</summary>
    public void EnqueueHeld(DateTimeOffset now, bool isRowWritten)
    {
        if (_held.Count == 0 || (!isRowWritten && now.UtcTicks < _held.Until && dispatcher.AwaitsFirstCredit(now))) return;
        foreach (var group in _held.RemoveAll()!.GroupBy(held => held.ReplyTo))
        {
            // A part offered twice, or checked meanwhile, is already in the queue.
            foreach (var (part, _) in group) if (!state.Knows(part.Message)) Enqueue(part.Part, now);
            batch.Add(new QueueEffect.AcknowledgeParts(group.Key, [.. group.Select(held => held.Part.Message)]));
        }
    }

    /// <summary>Enqueues the checked parts still in the spool, and acknowledges all checked parts.</summary>
    public void Handle(QueueCommand.PartsChecked check, DateTimeOffset now)
    {
        foreach (var part in check.Parts)
        {
            EndCheck(part.Message);
            if (state.Knows(part.Message) || !check.Existing.TryGetValue(part.Message, out var moved)) continue;
            // Its mark is not written now. If this node was removed from the cluster while it was frozen, no other owner of the queue
            // starts by itself, and the sweeper has to offer the part again. Such a node ends before the mark is due.
            Enqueue(part.Part, now, moved);
        }

        // Missing parts were settled before, so the hand-off may forget them too.
        batch.Add(new QueueEffect.AcknowledgeParts(check.ReplyTo, [.. check.Parts.Select(part => part.Message)]));
    }

    /// <summary>Forgets a failed check: the parts will be offered again.</summary>
    public void Handle(QueueCommand.CheckFailed check)
    {
        foreach (var part in check.Parts) EndCheck(part.Message);
    }

    private void EndCheck(MessageId message)
    {
        if (_checking?.Remove(message) == true && _checking.Count == 0) _checking = null;
    }

    private void Enqueue(QueuedPart part, DateTimeOffset now, MovedPart? moved = null)
    {
        batch.Emit(new MessageEnqueued(part) { Moved = moved });
        var entry = state.Find(part.Message)!;
        dispatcher.Add(entry);
        marks.Add(entry, now.UtcTicks);
    }
}
