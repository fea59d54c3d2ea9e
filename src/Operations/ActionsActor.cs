using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Persistence;
using Postfleet.Operations.Book;
using Postfleet.Operations.Common;
using Postfleet.Operations.Messages;
using Postfleet.Operations.Run;

namespace Postfleet.Operations;

/// <summary>
/// The owner of all actions, a cluster singleton with a journal. It answers orders and questions of the nodes, hands out the standing
/// actions, and has actions on messages carried out by its children. Runs on the actor's thread.
/// </summary>
internal sealed class ActionsActor : UntypedPersistentActor, IWithTimers
{
    /// <summary>How many actions on messages are carried out at a time; the others wait.</summary>
    public const int MaxRunning = 4;

    // For so long a queue goes on with an order that nobody repeats, and a settlement takes much less.
    private static readonly TimeSpan MoveSettles = TimeSpan.FromSeconds(30);

    // A replay reads at most this many events beside the checkpoint.
    private const int EventsToCompact = 1000;

    private readonly ActionBook _book = new();
    private readonly Func<RunSource> _source;
    private readonly Func<IActorRef> _queues;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<int, IActorRef> _runs = [];
    private readonly long _startedAt;
    private readonly HashSet<int> _ending = [];
    private int _lastOfOthers;
    private DateTimeOffset _startsFrom;

    public ActionsActor(Func<RunSource> source, Func<IActorRef> queues, TimeProvider time, ILogger logger)
    {
        (_source, _queues, _time, _logger, _startedAt) = (source, queues, time, logger, time.GetUtcNow().UtcTicks);
        // Checkpoints are rows of the journal, so recovery reads no snapshot store.
        SnapshotPluginId = "akka.persistence.no-snapshot-store";
    }

    public override string PersistenceId => "actions";

    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case IActionEvent e: _book.Apply(e); break;
            case UnreadableRow row: _logger.RowCorrupt(row.Reason); break;
            case RecoveryCompleted:
                _lastOfOthers = _book.LastNumber;
                // The former owner may not have waited for the end of a cancelled move, whose queues are not known any more.
                _startsFrom = _book.LastEndOfMove + MoveSettles;
                AfterChange();
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case OrderAction order: Handle(order); break;
            case CancelAction cancel: Handle(cancel); break;
            case GetActions ask: Sender.Tell(new ActionAnswer(Answer(ask), "")); break;
            case GetSuspensions ask when ask.Version != Version:
                Sender.Tell(new SuspensionList(Version, [.. _book.Suspensions]) { Redirections = [.. _book.Redirections] });
                break;
            case RunAdvanced run: Write([run.Event], AfterChange); break;
            case MoveEnded move: Stop(move.Number); AfterChange(); break;
            case RunDone run: Write([new ActionEnded(run.Number, ActionState.Done, Now)], AfterChange); break;
            case Due: ExpireDue(); break;
            case DeleteMessagesFailure failure: _logger.JournalFailed(failure.Cause); break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _logger.JournalFailed(cause);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        _logger.JournalFailed(cause);
        Context.Stop(Self);
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    // Differs from all versions of earlier owners.
    private long Version => _startedAt + _book.StandingVersion;

    private IReadOnlyList<ActionView> Answer(GetActions ask) => ask.Number == 0
        ? _book.List(ask.Before == 0 ? null : ask.Before, Math.Clamp(ask.Limit, 1, GetActions.MaxListed))
        : _book.Find(ask.Number) is { } action ? [action.View] : [];

    private void Handle(OrderAction order)
    {
        if (_book.ProblemOf(order.Order) is { Length: > 0 } problem)
        {
            Sender.Tell(new ActionAnswer([], problem));
            return;
        }

        var (sender, number, what) = (Sender, _book.LastNumber + 1, order.Order);
        Write(_book.Decide(what, Now), () =>
        {
            _logger.Ordered(number, what.Author, what.Kind, SelectorText.Of(what.Selector), what.Reason);
            sender.Tell(new ActionAnswer([_book.Find(number)!.View], ""));
            AfterChange();
        });
    }

    private void Handle(CancelAction cancel)
    {
        var sender = Sender;
        if (_book.Find(cancel.Number) is not { View.EndedAt: null })
        {
            sender.Tell(new ActionAnswer(Answer(new GetActions(cancel.Number, 0, 1)), ""));
            return;
        }

        Write([new ActionEnded(cancel.Number, ActionState.Cancelled, Now)], () =>
        {
            sender.Tell(new ActionAnswer([_book.Find(cancel.Number)!.View], ""));
            AfterChange();
        });
    }

    private void ExpireDue()
    {
        if (_book.Expire(Now) is { Count: > 0 } ends) Write(ends, AfterChange);
        else AfterChange();
    }

    private void Write(IReadOnlyList<IActionEvent> events, Action then)
    {
        var left = events.Count;
        PersistAll(events, e =>
        {
            _book.Apply(e);
            if (e is ActionEnded ended && _book.Find(ended.Number)?.View is { } view)
                _logger.Ended(view.Number, view.State, view.Order.Kind, view.Queues, view.Messages);
            if (--left > 0) return;
            then();
            CompactIfLong();
        });
    }

    // Starts and stops the children, and sets the timer of the next expiry.
    private void AfterChange()
    {
        foreach (var (number, run) in _runs.Where(run => _book.Find(run.Key) is not { View.State: ActionState.Running }).ToList())
        {
            if (_book.Find(number) is not { View: { State: not ActionState.Done, Order.Kind: ActionKind.Move } }) Stop(number);
            else if (_ending.Add(number)) run.Tell(EndMove.Instance);
        }

        if (_startsFrom > Now) Timers.StartSingleTimer(nameof(_startsFrom), Due.Instance, _startsFrom - Now);
        var mayStart = _ending.Count == 0 && _startsFrom <= Now;
        foreach (var action in (mayStart ? _book.Startable(MaxRunning) : []).Where(action => !_runs.ContainsKey(action.View.Number)))
        {
            var source = _source();
            // An earlier owner may have begun the action.
            var run = new ActionRun(action, isResumed: action.View.Number <= _lastOfOthers);
            _runs[action.View.Number] = Context.ActorOf(Props.Create(() => new ActionRunActor(action, run, source, _queues, _logger)));
        }

        if (_book.NextExpiry is not { } at) return;
        var wait = at - Now;
        var (least, most) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Timers.StartSingleTimer(Due.Instance, Due.Instance, wait < least ? least : wait > most ? most : wait);
    }

    private void Stop(int number)
    {
        _ending.Remove(number);
        if (_runs.Remove(number, out var run)) Context.Stop(run);
    }

    private void CompactIfLong()
    {
        if (_book.Events < EventsToCompact) return;
        var before = LastSequenceNr;
        var pieces = _book.Checkpoint();
        _book.MarkCompacted();
        var left = pieces.Count;
        PersistAll(pieces, _ =>
        {
            if (--left == 0) DeleteMessages(before);
        });
    }

    private sealed class Due : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Due Instance = new();
    }
}
