using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Carries out operators' actions on the messages of a queue, some hundred in each batch, so that an action on a million messages delays
/// no other decision. The order itself is in memory alone: it is repeated until the queue confirms it. Each message remembers the number
/// of its last action in the journal, so it takes an action once, and none after a later one. Owned and called by
/// <see cref="QueueMachine"/>.
/// </summary>
internal sealed class OrderedActions(QueueState state, QueueRules rules, IDecisionBatch batch, Dispatcher dispatcher)
{
    /// <summary>The maximum number of orders in progress; further orders are dropped, and repeated by their sender.</summary>
    public const int MaxOrders = 16;

    /// <summary>
    /// While so many settlements wait for the spool, no further message is closed: a million closed messages would otherwise wait in
    /// memory.
    /// </summary>
    public const int MaxUnsettled = 5000;

    /// <summary>An order is dropped that its sender has not repeated for this time; it is usually repeated every two seconds.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private List<Order>? _orders;
    private int _recording;

    /// <summary>Whether no order is in progress.</summary>
    public bool IsEmpty => _orders is null;

    // The messages of an order end in this queue.
    private static bool IsEnding(MessageAction action) => action is MessageAction.Bounce or MessageAction.Delete or MessageAction.Move;

    /// <summary>Whether the next batch can continue an order.</summary>
    public bool CanContinue => _orders is { } orders && orders.Exists(order => order.HasNext) && state.Unsettled.Count < MaxUnsettled
        && _recording == 0;

    /// <summary>Begins an order, or says how far it is.</summary>
    public void Handle(QueueCommand.Act command, DateTimeOffset now)
    {
        var message = command.Message;
        // An action may send several orders with other messages to the queue, also while a copy of an earlier order is in progress.
        if (_orders?.Find(order => order.Message.Number == message.Number && order.Message.Messages.SequenceEqual(message.Messages))
            is { } known)
        {
            (known.Message, known.ReplyTo, known.HeardAt) = (message, command.ReplyTo, now);
            TakeBackJobs(known.InFlight.Select(state.Find).OfType<QueueEntry>());
            Report(known, isComplete: false);
            return;
        }

        if (_orders?.Count >= MaxOrders) return;
        var order = new Order(message, command.ReplyTo, [.. EntriesOf(message)]) { HeardAt = now };
        if (message.Action is not (MessageAction.Retry or MessageAction.Release))
        {
            order.TakenOut = [.. order.Entries.Where(entry => entry.IsReady)];
            dispatcher.Withdraw(order.TakenOut.Contains);
        }

        (_orders ??= []).Add(order);
    }

    /// <summary>Ends the orders of an action: it was cancelled or has expired. What is done stays done.</summary>
    public void Withdraw(int number) => End(order => order.Message.Number == number);

    /// <summary>The spool has recorded a batch of applied actions for the history, or failed to: the next batch may follow.</summary>
    public void Recorded() => _recording = Math.Max(0, _recording - 1);

    /// <summary>Applies the orders to further messages. Called once in each batch.</summary>
    public void Continue(DateTimeOffset now)
    {
        EndSilent(now);
        if (_orders is null) return;
        if (CanContinue && _orders.Find(order => order.HasNext) is { } next) ApplySome(next, now);
        // A moved message is nowhere until its move is settled: an action that follows would miss it in both queues.
        foreach (var done in _orders.Where(order => !order.HasNext && order.InFlight.Count == 0 && state.Moving == 0).ToList())
        {
            // A stale owner does not know all messages. A row proves the ownership; without messages there is no other row.
            if (done.Applied == 0 && !rules.IsAlone) batch.Emit(new OwnershipTaken(rules.Node, now));
            Report(done, isComplete: true);
            _orders.Remove(done);
        }

        if (_orders.Count == 0) _orders = null;
    }

    /// <summary>Applies the orders that waited for the end of a message's attempt. Called while the message has open recipients.</summary>
    public void AttemptEnded(QueueEntry entry, DateTimeOffset now)
    {
        EndSilent(now);
        if (_orders is null) return;
        foreach (var order in _orders)
            if (order.InFlight.Remove(entry.Message) && IsMeant(entry, order)) Apply(order, [entry], now);
    }

    // Nobody waits for these orders: the action was ended, and the message that says so was lost.
    private void EndSilent(DateTimeOffset now) => End(order => order.HeardAt + Silence < now);

    private void End(Predicate<Order> isOver)
    {
        if (_orders?.FindAll(isOver) is not { Count: > 0 } over) return;
        _orders = _orders.Count > over.Count ? [.. _orders.Except(over)] : null;
        foreach (var entry in over.SelectMany(order => order.TakenOut))
            if (entry is { IsRemoved: false, IsReady: false, IsInFlight: false }) dispatcher.Resume(entry);
    }

    /// <summary>Forgets a message that has left the queue.</summary>
    public void Forget(MessageId message) => _orders?.ForEach(order => order.InFlight.Remove(message));

    private IEnumerable<QueueEntry> EntriesOf(ApplyAction message)
    {
        var entries = message.Messages.Count == 0
            ? state.InOrder()
            : message.Messages.Select(state.Find).OfType<QueueEntry>();
        // The messages of the stream are where they should be. No other name than that of a stream becomes part of a queue's key.
        if (message.Action == MessageAction.Move && !IsOtherQueue(message)) return [];
        return entries.Where(entry => !entry.IsRemoved && entry.Moves < MovedPart.MaxMoves && entry.AcceptedAt < message.AcceptedBefore
            && entry.Action < message.Number);
    }

    private static bool IsOtherQueue(ApplyAction message) =>
        QueueKey.IsStream(message.Stream) && !message.Queue.StreamSpan.SequenceEqual(message.Stream);

    private static bool IsMeant(QueueEntry entry, Order order) => !entry.IsRemoved && entry.Action < order.Message.Number;

    private void ApplySome(Order order, DateTimeOffset now)
    {
        List<QueueEntry> entries = [];
        List<QueueEntry> inFlight = [];
        while (order.HasNext && entries.Count < ActionApplied.MaxMessages)
        {
            var entry = order.Next();
            if (!IsMeant(entry, order)) continue;
            if (entry.IsHeld && order.Message.Action == MessageAction.Retry) order.Held++;
            else if (!entry.IsInFlight)
            {
                if (entry.IsHeld || order.Message.Action != MessageAction.Release) entries.Add(entry);
            }
            else if (order.Message.Action == MessageAction.Release) WithdrawHold(entry, order);
            // An attempt in flight is a try already.
            else if (order.Message.Action != MessageAction.Retry && order.InFlight.Add(entry.Message)) inFlight.Add(entry);
        }

        TakeBackJobs(inFlight);
        if (entries.Count > 0) Apply(order, entries, now);
    }

    // Jobs that wait at their destination end as not attempted, so the action need not wait for an attempt.
    private void TakeBackJobs(IEnumerable<QueueEntry> entries) => JobReturns.TakeBack(entries.Where(entry => entry.IsInFlight), batch);

    // No message in flight is on hold, but an earlier order may wait for the end of the attempt.
    private void WithdrawHold(QueueEntry entry, Order release) => _orders!
        .FindAll(order => order.Message.Action == MessageAction.Hold && order.Message.Number < release.Message.Number)
        .ForEach(order => order.InFlight.Remove(entry.Message));

    private void Apply(Order order, List<QueueEntry> entries, DateTimeOffset now)
    {
        var (action, number) = (order.Message.Action, order.Message.Number);
        var isNumbered = IsEnding(action) || rules.KeepsOutcomes;
        var attempts = entries.Select(entry => new AttemptId(entry.Message, entry.Attempt + (isNumbered ? 1 : 0))).ToList();
        var applied = new ActionApplied(number, action, now, attempts, isNumbered ? ReplyOf(order.Message) : null)
        {
            Stream = action == MessageAction.Move ? order.Message.Stream : "",
        };
        batch.Emit(applied);
        if (state.RecordsOf(applied) is { Count: > 0 } records)
        {
            _recording++;
            batch.Add(new QueueEffect.RecordAction(records));
        }

        order.Applied += entries.Count;
        if (action is not (MessageAction.Retry or MessageAction.Release)) return;
        if (action == MessageAction.Retry) dispatcher.RetryOrdered();
        if (dispatcher.Pause.IsSuspended(dispatcher.Destination, now)) order.Suspended += entries.Count;
        foreach (var entry in entries) if (!entry.IsReady) dispatcher.Resume(entry);
    }

    private static SmtpReply ReplyOf(ApplyAction message)
    {
        var reason = message.Reason.Length == 0 ? "" : $": {message.Reason}";
        var text = $"the message was {Deed(message)} by an operator (action {message.Number}){reason}";
        return message.Action is MessageAction.Bounce or MessageAction.Delete ? new SmtpReply(554, new EnhancedStatus(5, 7, 0), text)
            : new SmtpReply(450, new EnhancedStatus(4, 7, 0), text);
    }

    private static string Deed(ApplyAction message) => message.Action switch
    {
        MessageAction.Retry => "retried",
        MessageAction.Bounce => "bounced",
        MessageAction.Delete => "deleted",
        MessageAction.Hold => "put on hold",
        MessageAction.Release => "released",
        MessageAction.Move => $"moved to the stream {message.Stream}",
        _ => throw new InvalidOperationException($"unknown action {message.Action}"),
    };

    private void Report(Order order, bool isComplete) => batch.Add(new QueueEffect.ReportAction(
        order.ReplyTo, new ActionProgress(order.Message.Queue, order.Message.Number, order.Applied, isComplete)
        {
            Piece = order.Message.Piece,
            Held = order.Held,
            Suspended = order.Suspended,
        }));

    private sealed class Order(ApplyAction message, object replyTo, List<QueueEntry> entries)
    {
        private int _next;

        // Copies of the order by another sender have another piece.
        public ApplyAction Message { get; set; } = message;

        public object ReplyTo { get; set; } = replyTo;

        public List<QueueEntry> Entries => entries;

        public HashSet<MessageId> InFlight { get; } = [];

        /// <summary>The due messages taken out of the line of the dispatcher.</summary>
        public HashSet<QueueEntry> TakenOut { get; set; } = [];

        public DateTimeOffset HeardAt { get; set; }

        public int Applied { get; set; }

        public int Held { get; set; }

        public int Suspended { get; set; }

        public bool HasNext => _next < entries.Count;

        public QueueEntry Next() => entries[_next++];
    }
}
