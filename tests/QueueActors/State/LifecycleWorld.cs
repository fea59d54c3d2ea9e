using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>
/// A queue's lifecycle with a journal, timers, a spool and a destination that respond when the test says so. Each output is verified at
/// once.
/// </summary>
internal sealed class LifecycleWorld
{
    private static readonly LifecycleSettings Settings = new(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(3))
    {
        BusyBatch = 2,
        MaxEventsPerRow = 3,
        MaxItemsPerPiece = 2,
        MinEventsToCompact = 6,
    };

    private readonly QueueMachine _machine;
    private readonly QueueLifecycle _lifecycle;
    private readonly PriorityQueue<QueueTimer, DateTimeOffset> _timers = new();
    private readonly HashSet<IQueueEvent> _durable = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<MessageId> _offered = [];
    private readonly HashSet<AttemptId> _ended = [];
    private readonly List<QueueCommand> _answers = [];
    private readonly Queue<long> _deletions = new();
    private List<(long Number, object Row)>? _writing;
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _lastNumber;
    private ulong _lastId;

    public LifecycleWorld(bool isAlone)
    {
        var rules = new QueueRules(QueueDriver.Lifetime, _ => TimeSpan.FromMinutes(5), "node-1")
        {
            IsAlone = isAlone,
            HoldFor = TimeSpan.FromMilliseconds(50),
        };
        _machine = new QueueMachine(State, rules);
        _lifecycle = new QueueLifecycle(State, _machine, rules, Settings);
        Handle(QueueInput.Recovered(0));
    }

    public QueueState State { get; } = new(new ReplyPool());

    /// <summary>Rows that a replay would read.</summary>
    public List<(long Number, object Row)> Journal { get; } = [];

    public bool IsStopped { get; private set; }

    public bool IsPassivating { get; private set; }

    public bool IsToStartAgain { get; private set; }

    public bool IsWriting => _writing is not null;

    /// <summary>Writes that began with a row that claims the ownership again.</summary>
    public int Rewrites { get; private set; }

    /// <summary>Offers and outcomes that the queue has received and not acknowledged.</summary>
    public int Unanswered => _offered.Count + UnansweredOutcomes;

    public int UnansweredOutcomes => _ended.Count;

    public void Offer(bool isRepeat)
    {
        var message = MessageId.FromHalves(9, ++_lastId);
        _offered.Add(message);
        Arrive(new QueueCommand
            .Offer(new Enqueue(QueueDriver.Queue, [new PartOffer(new QueuedPart(message, 1, _now), isRepeat)]), "hand-off"));
    }

    /// <summary>One of the pending requests is answered.</summary>
    public bool Answer(int which)
    {
        if (_answers.Count == 0) return false;
        var answer = _answers[which % _answers.Count];
        _answers.Remove(answer);
        Arrive(answer);
        return true;
    }

    public bool EndWrite(bool isDurable)
    {
        if (_writing is not { } rows) return false;
        _writing = null;
        if (isDurable)
        {
            Journal.AddRange(rows);
            foreach (var (_, row) in rows) if (row is QueueEventBatch batch) _durable.UnionWith(batch.Events);
        }

        Handle(isDurable ? QueueInput.RowsDurable : QueueInput.RowsFailed);
        return true;
    }

    public bool EndDeletion(bool isDone)
    {
        if (!_deletions.TryDequeue(out var upTo)) return false;
        if (isDone) Journal.RemoveAll(row => row.Number <= upTo);
        Handle(isDone ? QueueInput.RowsDeleted : QueueInput.RowsKept);
        return true;
    }

    public bool NextTimer()
    {
        if (!_timers.TryDequeue(out var timer, out var due)) return false;
        if (due > _now) _now = due;
        Handle(QueueInput.Due(timer));
        return true;
    }

    public void Pass(TimeSpan time)
    {
        _now += time;
        while (_timers.TryPeek(out _, out var due) && due <= _now) NextTimer();
    }

    public void Stop() => Handle(QueueInput.Stop);

    /// <summary>All pending requests except deletions are answered, without time passing.</summary>
    public void Rest()
    {
        for (var i = 0; i < 1000 && (EndWrite(isDurable: true) || Answer(0)); i++)
        {
        }
    }

    /// <summary>All pending requests are answered and time passes, until the queue has no work.</summary>
    public void Quiesce()
    {
        for (var i = 0; i < 10_000 && !IsPassivating && !IsStopped; i++)
            _ = EndWrite(isDurable: true) || EndDeletion(isDone: true) || Answer(0) || NextTimer();
    }

    private void Arrive(QueueCommand command)
    {
        if (command is QueueCommand.Ended e) _ended.UnionWith(e.Message.Jobs.Select(job => new AttemptId(job.Message, job.Attempt)));
        Handle(QueueInput.Arrived(command));
    }

    private void Handle(QueueInput input)
    {
        var outputs = new List<QueueOutput>();
        _lifecycle.Handle(input, _now, outputs);
        foreach (var output in outputs)
        {
            Assert.False(IsStopped, $"{output.Kind} after the end");
            Do(output);
        }
    }

    private void Do(QueueOutput output)
    {
        switch (output.Kind)
        {
            case QueueOutputKind.Write: Write(output); break;
            case QueueOutputKind.Delete:
                Assert.False(IsWriting, "deleted while a write was under way");
                Assert.InRange(output.Number, 0, _lastNumber);
                _deletions.Enqueue(output.Number);
                break;
            case QueueOutputKind.Run:
                Assert.All(output.Decision!.Events, e => Assert.True(_durable.Contains(e), $"run before it was durable: {e}"));
                foreach (var effect in output.Decision.Effects) Run(effect);
                break;
            case QueueOutputKind.SetTimer: _timers.Enqueue(output.Timer, _now + output.After); break;
            case QueueOutputKind.Passivate:
                Assert.False(IsWriting, "passivated while a write was under way");
                Assert.True(_machine.IsIdle && Unanswered == 0, "passivated with something to do");
                Assert.Empty(Journal);
                Assert.Empty(_deletions);
                IsPassivating = true;
                break;
            case QueueOutputKind.StartAgain: IsToStartAgain = true; break;
            case QueueOutputKind.Stop: IsStopped = true; break;
        }
    }

    private void Write(QueueOutput output)
    {
        Assert.False(IsWriting, "two writes at a time");
        Assert.Equal(_lastNumber + 1, output.Number);
        _lastNumber += output.Rows.Count;
        _writing = [.. output.Rows.Select((row, index) => (output.Number + index, row))];
        if (output.Rows[0] is QueueEventBatch { Events: [OwnershipTaken] }) Rewrites++;
    }

    private void Run(QueueEffect effect)
    {
        switch (effect)
        {
            case QueueEffect.AcknowledgeParts e: _offered.ExceptWith(e.Messages); break;
            case QueueEffect.AcknowledgeOutcomes e: _ended.ExceptWith(e.Attempts); break;
            case QueueEffect.CheckParts e: _answers.Add(new QueueCommand.PartsChecked(e.Parts, Existing(e.Parts), e.ReplyTo)); break;
            case QueueEffect.ResolveRoute:
                _answers.Add(new QueueCommand.RouteResolved(new RouteDecision.Deliver(QueueDriver.Target, TimeSpan.FromHours(1))));
                break;
            case QueueEffect.AskForCredit e: _answers.Add(new QueueCommand.Credit(Granted(e.Jobs), "destination")); break;
            case QueueEffect.SendJobs e:
                foreach (var job in e.Jobs) _answers.Add(new QueueCommand.Ended(Ended(job), "destination"));
                break;
            case QueueEffect.Settle e:
                _answers.Add(
                    new QueueCommand.Settled([.. e.Reports.Select(report => new AttemptId(report.Message, report.Attempt))], true));
                break;
            case QueueEffect.Mark e: _answers.Add(new QueueCommand.Marked(e.Marks, true)); break;
        }
    }

    private static Dictionary<MessageId, MovedPart?> Existing(IEnumerable<PartOffer> parts) =>
        parts.ToDictionary(part => part.Message, _ => (MovedPart?)null);

    private static CreditGranted Granted(int jobs) => new(QueueDriver.Queue, QueueDriver.Destination, jobs);

    // The first attempt of each third message is deferred.
    private static Outcomes Ended(DeliveryJob job)
    {
        var isDeferred = job.Attempt == 1 && job.Message.Low % 3 == 0;
        var outcome = isDeferred ? QueueDriver.Deferred(0) : QueueDriver.Delivered(0);
        return new Outcomes(
            QueueDriver.Queue, QueueDriver.Destination, [new JobOutcome(job.Message, job.Attempt, AttemptResult.Attempted, [outcome])]);
    }
}
