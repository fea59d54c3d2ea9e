using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>
/// The facts of a run, independent of the product: stored parts, accepted recipients, reports to senders, rows of the journals. Throws at
/// the step at which a promise is broken.
/// </summary>
internal sealed partial class Ledger
{
    private readonly Dictionary<PartId, PartRecord> _parts = [];
    private readonly Dictionary<QueueKey, int> _owners = [];
    private readonly Dictionary<QueueKey, (int Owner, long Next)> _numbers = [];
    private readonly HashSet<Execution> _open = [];
    private int _lastOwner;

    /// <summary>Recipients with a message delivered twice or more because the end of the first delivery could not be known.</summary>
    public int Duplicates =>
        _parts.Values.Distinct().Sum(part => Enumerable.Range(0, part.Recipients).Count(index => part.Accepted(index) > 1));

    /// <summary>Number of stored parts.</summary>
    public int Parts => _parts.Count;

    /// <summary>Returns a number for a starting owner. Later owners have higher numbers.</summary>
    public int NextOwner() => ++_lastOwner;

    public void Stored(PartId part, PartRecord record) => _parts.Add(part, record);

    /// <summary>A part continues in another queue; its facts stay the same.</summary>
    public void Moved(PartId from, PartId to)
    {
        if (_parts[from].Owner == from.Queue)
            throw new PromiseBrokenException("moved", $"{from.Queue} has a part that {to.Queue} gets", from.Message);
        _parts[to] = _parts[from];
    }

    /// <summary>A queue's owner writes rows. Its sequence numbers are consecutive.</summary>
    public void JournalNumbered(QueueKey queue, int owner, long first, int count)
    {
        if (_numbers.TryGetValue(queue, out var last) && last.Owner == owner && last.Next != first)
            throw new PromiseBrokenException("numbers", $"an owner of {queue} writes row {first} where {last.Next} is next");
        _numbers[queue] = (owner, first + count);
    }

    /// <summary>
    /// A queue has lost a row: reports and deliveries of its parts may be repeated.
    /// </summary>
    public void Damaged(QueueKey queue)
    {
        foreach (var (id, part) in _parts) part.IsDamaged |= id.Queue == queue;
    }

    /// <summary>Whether the queue of a part has lost a row, so that it may use numbers of attempts again.</summary>
    public bool IsDamaged(PartId part) => _parts[part].IsDamaged;

    /// <summary>A queue's owner has written. No owner may write after a later owner has.</summary>
    public void JournalWritten(QueueKey queue, int owner)
    {
        var last = _owners.GetValueOrDefault(queue);
        if (owner < last) throw new PromiseBrokenException("fence", $"an owner of {queue} writes although a later one has written");
        _owners[queue] = owner;
    }

    public void Recorded(QueueKey queue, IQueueEvent @event)
    {
        switch (@event)
        {
            case MessageEnqueued e: Own(e, queue); break;
            case AttemptEnded e:
                Record(e.Message, queue, e.Attempt);
                Of(e.Message, queue).IsEnded |= e.NextDue is null;
                break;
            case AttemptsStarted e: foreach (var id in e.Attempts) Of(id.Message, queue).CheckMayStart(id.Message, e.At); break;
            case ActionApplied e: foreach (var message in e.Messages) Act(e, message, queue); break;
            case MessageDelayed e: Delay(e, queue); break;
            case MessageExpired e:
                Record(e.Message, queue, e.Attempt);
                Of(e.Message, queue).IsEnded = true;
                break;
        }
    }

    /// <summary>A queue acknowledges parts to a hand-off.</summary>
    public void Acknowledged(QueueKey queue, IEnumerable<MessageId> messages)
    {
        foreach (var message in messages)
        {
            var part = Of(message, queue);
            if (!part.KnownTo.Contains(queue) && !part.IsSettled)
                throw new PromiseBrokenException(
                    "acknowledged before durable", $"{queue} says that it has a message that is not in its journal", message);
        }
    }

    /// <summary>A queue acknowledges an outcome to a destination.</summary>
    public void OutcomeAcknowledged(QueueKey queue, MessageId message, int attempt)
    {
        var part = Of(message, queue);
        if (part.LastRecorded < attempt && !part.IsSettled && !part.IsDamaged)
            throw new PromiseBrokenException("acknowledged before durable",
                $"{queue} says that it has the outcome of attempt {attempt}, which is not in its journal", message);
    }

    /// <summary>An attempt begins on a connection.</summary>
    public Execution Begin(PartId part, int attempt, IActor destination)
    {
        var execution = new Execution(part, attempt, destination);
        _open.Add(execution);
        return execution;
    }

    /// <summary>A remote host has taken responsibility for recipients.</summary>
    public void Accepted(Execution execution, RecipientSet recipients)
    {
        if (recipients.IsEmpty) return;
        execution.Accepted = recipients;
        var part = _parts[execution.Part];
        part.Executions.Add(execution);
        Check(execution.Part, part);
    }

    /// <summary>A process has died, or was removed from the cluster: its unreported outcomes are lost.</summary>
    public void Died(Node node) => Died(execution => execution.Node == node);

    /// <summary>A destination was cut off before its outcomes were acknowledged.</summary>
    public void CutOff(IActor destination) => Died(execution => execution.Destination == destination);

    /// <summary>A destination ends by itself. None of its attempts may be past its final dot and without its reply.</summary>
    public void CheckEnded(IActor destination) =>
        CheckEnded(execution => execution.Destination == destination, "a destination has stopped");

    /// <summary>The destinations of a node report the end of all their attempts.</summary>
    public void CheckEnded(Node node) => CheckEnded(execution => execution.Node == node, "the destinations of a node are drained");

    private void CheckEnded(Func<Execution, bool> isMeant, string what)
    {
        if (_open.FirstOrDefault(execution => !execution.HasEnded && isMeant(execution)) is not { } running) return;
        throw new PromiseBrokenException("ended early", $"{what} before attempt {running.Attempt} has ended", running.Part.Message);
    }

    private void Died(Func<Execution, bool> isLost)
    {
        foreach (var execution in _open.Where(isLost).ToList())
        {
            execution.Excuse();
            _open.Remove(execution);
        }
    }

    /// <summary>A report to the sender is stored.</summary>
    public void Reported(PartId part, int attempt)
    {
        if (!_parts[part].Reported.Add(attempt) && !_parts[part].IsDamaged)
            throw new PromiseBrokenException("twice", $"what attempt {attempt} is to report is reported twice", part.Message);
    }

    /// <summary>Finds a settled failure without a report to its sender.</summary>
    public PartId? FindUnreported()
    {
        foreach (var (id, part) in _parts) if (part.HasSender && !part.Owed.IsSubsetOf(part.Reported)) return id;
        return null;
    }

    public void Settled(PartId id, SettlementRequest report)
    {
        var part = _parts[id];
        if (part.LastRecorded < report.Attempt)
            throw new PromiseBrokenException(
                "settled before durable", $"{id.Queue} settles attempt {report.Attempt}, which is not in its journal", id.Message);
        var failures = report.Reported.Where(outcome => outcome.Disposition == Disposition.Failed);
        foreach (var index in failures.SelectMany(failure => failure.Recipients.Indexes())) part.Failed[index]++;
        if (report.Reported.Count > 0) part.Owed.Add(report.Attempt);
        part.IsSettled |= report.IsFinal && report.Move is null;
        Check(id, part);
        if (!report.IsFinal || report.Move is not null || part.IsDeleted) return;
        for (var index = 0; index < part.Recipients; index++)
        {
            if (part.Accepted(index) + part.Failed[index] == 0)
                throw new PromiseBrokenException(
                    "lost", $"recipient {index} was neither delivered nor reported, and its part is deleted", id.Message);
        }
    }

    private void Own(MessageEnqueued e, QueueKey queue)
    {
        var part = Of(e.Message, queue);
        if (part.Owner is { } other && other != queue && !part.IsDamaged)
            throw new PromiseBrokenException("moved", $"{queue} takes a part that is in {other}", e.Message);
        part.Owner = queue;
        part.KnownTo.Add(queue);
    }

    private void Delay(MessageDelayed e, QueueKey queue)
    {
        var part = Of(e.Message, queue);
        if (part.IsDelayReported && !part.IsDamaged)
            throw new PromiseBrokenException("twice", "the sender is told twice that it is late", e.Message);
        part.IsDelayReported = true;
        Record(e.Message, queue, e.Attempt);
    }

    /// <summary>The facts of a stored part.</summary>
    public PartRecord Of(PartId part) => _parts[part];

    private PartRecord Of(MessageId message, QueueKey queue) => _parts[new PartId(message, queue)];

    private void Record(MessageId message, QueueKey queue, int attempt)
    {
        var part = Of(message, queue);
        part.LastRecorded = Math.Max(part.LastRecorded, attempt);
        var id = new PartId(message, queue);
        foreach (var execution in _open.Where(execution => execution.Part == id && execution.Attempt <= attempt && execution.HasEnded)
            .ToList())
        {
            execution.IsRecorded = true;
            _open.Remove(execution);
        }
    }

    // One outcome for each recipient. Deliveries whose end could not be known are excused.
    private static void Check(PartId id, PartRecord part)
    {
        if (part.IsDamaged) return;
        for (var index = 0; index < part.Recipients; index++)
        {
            var outcomes = part.Executions.Count(execution => !execution.IsExcused && execution.Accepted.Contains(index))
                + part.Failed[index];
            if (outcomes <= 1) continue;
            var what = part.Failed[index] == 0 ? "was delivered twice" : part.Failed[index] > 1 ? "was reported twice"
                : "was delivered and reported as failed";
            var attempts = string.Join(", ", part.Executions.Select(execution => $"attempt {execution.Attempt} on {execution.Node}"));
            throw new PromiseBrokenException("twice", $"recipient {index} {what} ({attempts})", id.Message);
        }
    }
}
