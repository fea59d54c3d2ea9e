using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Book;

namespace Postfleet.Operations.Run;

/// <summary>
/// Carries out an action on messages: page by page through the queues or the messages, then through the parts not yet claimed by a queue,
/// until no part is left. A queue may take over a part after it was told of the action and before the part is looked for. So where parts
/// were unclaimed, queues or messages are gone through once more after the last part was claimed. Maps inputs to outputs without I/O, clock
/// or actor. Owned by <see cref="ActionRunActor"/>.
/// </summary>
/// <remarks>
/// The journal has the cursor of the last page confirmed by all its queues, so a new owner repeats at most a page. A repetition has no
/// effect on a message to which the action was applied.
/// </remarks>
internal sealed class ActionRun
{
    private readonly ActionView _action;
    private readonly MessageAction _verb;
    private readonly Dictionary<QueueKey, Queue<ApplyAction>> _inFlight = [];
    private readonly SeenQueues _seen;
    private RunPage? _page;
    private RunStage _stage;
    private string _cursor;
    private int _queues;
    private long _messages;
    private long _held;
    private long _suspended;
    private bool _isCounted;
    private readonly bool _isAtLeast;
    private int _pieces;
    private bool _isFirst;
    private bool _isRepeated;
    private string? _lateFrom;

    /// <param name="action">The action, its cursor and its counts.</param>
    /// <param name="isResumed">Whether an earlier owner of the actions may have begun it; queues may have answered that owner.</param>
    public ActionRun(KeptAction action, bool isResumed = false)
    {
        (_action, _cursor, _isCounted, _seen) = (action.View, action.Cursor, action.IsCounted, new SeenQueues(action.Seen));
        (_queues, _messages, _held, _suspended) = (_action.Queues, _action.Messages, _action.Held, _action.Suspended);
        _isAtLeast = isResumed || _action.IsAtLeast;
        _verb = VerbOf(_action.Order.Kind);
        _isFirst = !isResumed;
        // A new owner does not know which parts were unclaimed.
        _lateFrom = isResumed ? "" : null;
        _stage = _isFirst ? RunStage.Unclaimed : MainStage;
    }

    private RunStage MainStage => _action.Order.Selector.IsAboutMessages ? RunStage.Messages : RunStage.Queues;

    /// <summary>The queues with an unconfirmed order.</summary>
    public IReadOnlyCollection<QueueKey> InFlight => _inFlight.Keys;

    /// <summary>Begins with a look at the unclaimed parts, or goes on where the last owner stopped.</summary>
    public RunOutput Start() => new(RunOutputKind.Load) { Stage = _stage, Cursor = _isFirst ? "" : _cursor };

    /// <summary>The next page was read.</summary>
    public IReadOnlyList<RunOutput> Loaded(RunPage page)
    {
        if (_isFirst)
        {
            _isFirst = false;
            if (!page.IsLast) SetLate(page);
            _stage = MainStage;
            return [Start()];
        }

        _page = page;
        foreach (var queue in page.Queues)
        {
            var orders = queue.Messages.Count == 0
                ? [Order(queue.Queue, [])]
                : queue.Messages.Chunk(ApplyAction.MaxMessages).Select(chunk => Order(queue.Queue, chunk));
            _inFlight[queue.Queue] = new Queue<ApplyAction>(orders);
            if (IsNew(queue)) _queues++;
        }

        return _inFlight.Count > 0 ? Repeat() : Next();
    }

    // Pages of queues name each queue once, and all queues with a part that the action concerns. A queue has messages on several pages.
    private bool IsNew(RunQueue queue) => _action.Order.Selector.IsAboutMessages ? _seen.Add(queue.Queue)
        : _stage == RunStage.Queues && !_isCounted;

    /// <summary>A queue has answered.</summary>
    public IReadOnlyList<RunOutput> Confirmed(ActionProgress progress)
    {
        if (!progress.IsComplete || !_inFlight.TryGetValue(progress.Queue, out var orders)) return [];
        // A repeated order is answered twice; the second answer says nothing about the order that follows.
        if (progress.Piece != orders.Peek().Piece) return [];
        _messages += progress.Messages;
        // A message on hold says so each time.
        if (!_isRepeated) _held += progress.Held;
        _suspended += progress.Suspended;
        orders.Dequeue();
        if (orders.TryPeek(out var next)) return [RunOutput.Send(next)];
        _inFlight.Remove(progress.Queue);
        return _inFlight.Count > 0 ? [] : Next();
    }

    /// <summary>The unconfirmed orders, to be sent again.</summary>
    public IReadOnlyList<RunOutput> Repeat() => [.. _inFlight.Values.Select(orders => RunOutput.Send(orders.Peek()))];

    private ApplyAction Order(QueueKey queue, IReadOnlyList<MessageId> messages) =>
        new(queue, _action.Number, _verb, _action.OrderedAt, messages, _action.Order.Reason)
        {
            Piece = ++_pieces,
            Stream = _action.Order.ToStream,
        };

    // All queues of the page have confirmed the action.
    private IReadOnlyList<RunOutput> Next()
    {
        var page = _page!;
        _cursor = page.Cursor;
        _isCounted |= _stage == RunStage.Queues && page.IsLast;
        var advance = new RunOutput(RunOutputKind.Advance)
        {
            Advanced = new ActionAdvanced(_action.Number, _cursor, _queues, _messages)
            {
                Held = _held,
                Suspended = _suspended,
                IsAtLeast = _isAtLeast,
                IsCounted = _isCounted,
                Seen = _seen.TakeNew(),
            },
        };
        if (_stage == RunStage.Unclaimed)
        {
            if (page.IsLast && _lateFrom is { } from)
            {
                (_stage, _lateFrom) = (MainStage, null);
                return [advance, new RunOutput(RunOutputKind.Load) { Stage = _stage, Cursor = from }];
            }

            // No part is unclaimed: each message accepted before the action is settled, or in a queue with a confirmed order.
            if (page.IsLast) return [advance, new RunOutput(RunOutputKind.Done)];
            SetLate(page);
            if (_action.Order.Selector.IsAboutMessages)
            {
                _stage = RunStage.Messages;
                return [advance, new RunOutput(RunOutputKind.LoadLater) { Stage = _stage, Cursor = _cursor }];
            }

            return [advance, new RunOutput(RunOutputKind.LoadLater) { Stage = _stage, Cursor = "" }];
        }

        if (!page.IsLast) return [advance, new RunOutput(RunOutputKind.Load) { Stage = _stage, Cursor = _cursor }];
        (_stage, _isRepeated) = (RunStage.Unclaimed, true);
        return [advance, new RunOutput(RunOutputKind.Load) { Stage = _stage, Cursor = "" }];
    }

    // Queues are gone through from the first; messages from the first that was unclaimed, since later pages begin behind earlier ones.
    private void SetLate(RunPage page) => _lateFrom ??= _action.Order.Selector.IsAboutMessages ? page.Cursor : "";

    private static MessageAction VerbOf(ActionKind kind) => kind switch
    {
        ActionKind.Retry => MessageAction.Retry,
        ActionKind.Bounce => MessageAction.Bounce,
        ActionKind.Delete => MessageAction.Delete,
        ActionKind.Hold => MessageAction.Hold,
        ActionKind.Release => MessageAction.Release,
        ActionKind.Move => MessageAction.Move,
        _ => throw new InvalidOperationException($"an action of kind {kind} is not carried out on messages"),
    };
}
