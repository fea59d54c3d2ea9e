using System.Text;
using Postfleet.Contracts.Operations;

namespace Postfleet.Operations.Book;

/// <summary>
/// All actions: the orders, the standing actions and the progress of each action. Changed by <see cref="Apply(IActionEvent)"/> alone,
/// which reads no clock, so that a replay gives the same state. Owned by <see cref="ActionsActor"/> and used on its thread.
/// </summary>
internal sealed class ActionBook
{
    /// <summary>The maximum number of standing and running actions.</summary>
    public const int MaxOpen = 1000;

    /// <summary>How many ended actions are kept to be read; the oldest are forgotten.</summary>
    public const int MaxEnded = 500;

    /// <summary>The maximum size of all standing actions, half of a frame of the remoting.</summary>
    public const int MaxStandingOctets = 500_000;

    private readonly SortedDictionary<int, KeptAction> _actions = [];
    private readonly SortedSet<int> _open = [];
    private List<KeptAction>? _pieces;

    /// <summary>The number of the last ordered action.</summary>
    public int LastNumber { get; private set; }

    /// <summary>Changes with each change of the standing actions.</summary>
    public long StandingVersion { get; private set; }

    /// <summary>Events since the last checkpoint.</summary>
    public int Events { get; private set; }

    /// <summary>The standing and running actions, oldest first.</summary>
    public IEnumerable<KeptAction> Open => _open.Select(number => _actions[number]);

    /// <summary>The number of standing and running actions.</summary>
    public int OpenCount => _open.Count;

    /// <summary>The suspensions in force.</summary>
    public IEnumerable<ActionView> Suspensions => Standing.Where(view => view.Order.Kind == ActionKind.Suspend);

    /// <summary>The moves to a route in force.</summary>
    public IEnumerable<ActionView> Redirections => Standing.Where(view => view.Order.Kind == ActionKind.Move);

    /// <summary>The actions to be carried out.</summary>
    public IEnumerable<KeptAction> Running => Open.Where(action => action.View.State == ActionState.Running);

    /// <summary>
    /// The actions that may be carried out at the same time, oldest first. A move to another stream is carried out alone: while a message
    /// is between two queues, another action would find it in neither.
    /// </summary>
    public IReadOnlyList<KeptAction> Startable(int limit)
    {
        List<KeptAction> startable = [];
        foreach (var action in Running)
        {
            var isMove = action.View.Order.Kind == ActionKind.Move;
            if (startable.Count == limit || (isMove && startable.Count > 0)) break;
            startable.Add(action);
            if (isMove) break;
        }

        return startable;
    }

    /// <summary>When the last move to a stream ended before it was done; long ago if none did.</summary>
    public DateTimeOffset LastEndOfMove => _actions.Values.Select(action => action.View)
        .Where(view => view is { State: ActionState.Cancelled or ActionState.Expired, Order: { Kind: ActionKind.Move, IsStanding: false } })
        .Max(view => view.EndedAt) ?? DateTimeOffset.UnixEpoch;

    private IEnumerable<ActionView> Standing => Open.Select(action => action.View).Where(view => view.State == ActionState.Standing);

    /// <summary>Finds an action; null when there is none, or it is forgotten.</summary>
    public KeptAction? Find(int number) => _actions.GetValueOrDefault(number);

    /// <summary>Lists actions, newest first.</summary>
    public IReadOnlyList<ActionView> List(int? before, int limit) =>
        [.. _actions.Reverse().Where(action => !(action.Key >= before)).Take(limit).Select(action => action.Value.View)];

    /// <summary>
    /// Why an order is refused; empty if it is not. All standing actions together fit into one message to the nodes, whose size is limited.
    /// </summary>
    public string ProblemOf(ActionOrder order)
    {
        if (OpenCount >= MaxOpen && order.Kind != ActionKind.Resume)
            return $"{OpenCount} actions stand or run; the most is {MaxOpen}";
        if (!order.IsStanding || Standing.Sum(view => SizeOf(view.Order)) + SizeOf(order) <= MaxStandingOctets) return "";
        return $"the suspensions and moves to a route in force would have more than {MaxStandingOctets / 1000} kB of text; " +
            "resume or cancel some, or shorten their reasons";
    }

    // With the numbers and tags of the message.
    private static int SizeOf(ActionOrder order) => 64 + new[]
    {
        order.Selector.Queue, order.Selector.Domain, order.Selector.Stream, order.Selector.Site, order.Reason, order.Author,
        order.ToRoute,
    }.Sum(Encoding.UTF8.GetByteCount);

    /// <summary>The events of an order: the action, and the suspensions ended by a resume.</summary>
    public IReadOnlyList<IActionEvent> Decide(ActionOrder order, DateTimeOffset now)
    {
        var number = LastNumber + 1;
        List<IActionEvent> events = [new ActionOrdered(number, order, now)];
        if (order.Kind != ActionKind.Resume) return events;
        foreach (var suspension in Suspensions.Where(each => order.Selector.Covers(each.Order.Selector)))
            events.Add(new ActionEnded(suspension.Number, ActionState.Cancelled, now));
        events.Add(new ActionAdvanced(number, "", 0, 0) { Resumed = events.Count - 1 });
        events.Add(new ActionEnded(number, ActionState.Done, now));
        return events;
    }

    /// <summary>The ends of the actions whose time is over.</summary>
    public IReadOnlyList<IActionEvent> Expire(DateTimeOffset now) =>
        [.. Open.Where(action => action.View.Order.Expires <= now)
            .Select(action => new ActionEnded(action.View.Number, ActionState.Expired, now))];

    /// <summary>When the next action expires; null if none does.</summary>
    public DateTimeOffset? NextExpiry => Open.Min(action => action.View.Order.Expires);

    /// <summary>Applies an event, or a piece of a checkpoint.</summary>
    public void Apply(IActionEvent @event)
    {
        Events++;
        switch (@event)
        {
            case ActionOrdered e:
                LastNumber = e.Number;
                var state = e.Order.IsStanding ? ActionState.Standing : ActionState.Running;
                Put(new KeptAction(new ActionView(e.Number, e.Order, e.At, state, null, 0, 0), ""));
                break;
            case ActionAdvanced e when Find(e.Number) is { } action:
                Put(Advanced(action, e));
                break;
            case ActionEnded e when Find(e.Number) is { View.EndedAt: null } action:
                Put(action with { View = action.View with { State = e.State, EndedAt = e.At }, Seen = [] });
                break;
            case ActionsPiece e:
                Apply(e);
                break;
        }
    }

    /// <summary>The whole state in pieces.</summary>
    public IReadOnlyList<ActionsPiece> Checkpoint()
    {
        var chunks = _actions.Values.Chunk(ActionsPiece.MaxActions).ToList();
        if (chunks.Count == 0) chunks.Add([]);
        return [.. chunks.Select((chunk, index) => new ActionsPiece(index, index == chunks.Count - 1, LastNumber, chunk))];
    }

    /// <summary>The journal has a checkpoint of this state.</summary>
    public void MarkCompacted() => Events = 0;

    private static KeptAction Advanced(KeptAction action, ActionAdvanced e)
    {
        var view = action.View with
        {
            Queues = e.Queues,
            Messages = e.Messages,
            Held = e.Held,
            Suspended = e.Suspended,
            Resumed = e.Resumed,
            IsAtLeast = e.IsAtLeast,
        };
        return new KeptAction(view, e.Cursor)
        {
            IsCounted = e.IsCounted,
            Seen = e.Seen.Count == 0 ? action.Seen : [.. action.Seen, .. e.Seen],
        };
    }

    private void Apply(ActionsPiece piece)
    {
        if (piece.Index == 0) _pieces = [];
        // The beginning of an incomplete checkpoint was deleted.
        if (_pieces is null) return;
        _pieces.AddRange(piece.Actions);
        if (!piece.IsLast) return;
        _actions.Clear();
        _open.Clear();
        LastNumber = piece.LastNumber;
        foreach (var action in _pieces) Put(action);
        _pieces = null;
        StandingVersion++;
    }

    private void Put(KeptAction action)
    {
        var view = action.View;
        if (view.Order.IsStanding) StandingVersion++;
        _actions[view.Number] = action;
        if (view.EndedAt is null) _open.Add(view.Number);
        else _open.Remove(view.Number);
        if (_actions.Count - _open.Count > MaxEnded) _actions.Remove(_actions.First(each => each.Value.View.EndedAt is not null).Key);
    }
}
