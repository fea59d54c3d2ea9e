using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>
/// A destination in virtual time whose queues always have more mail: connections take their time to open, messages to be sent and credit to
/// travel, and timers are late.
/// </summary>
internal sealed class BusySite
{
    private readonly DestinationState _state;
    private readonly Random _random;
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Order)> _events = new();
    private readonly HashSet<QueueKey> _empty = [];
    private DateTimeOffset? _wakeAt;
    private ulong _lastMessage;
    private int _order;

    public BusySite(DestinationRules rules, int queues = 1, int seed = 1)
        : this(rules, [.. Enumerable.Range(0, queues).Select(i => DestinationDriver.Queue($"q{i}.example"))], seed)
    {
    }

    public BusySite(DestinationRules rules, QueueKey[] queues, int seed = 1)
    {
        _random = new Random(seed);
        _state = new DestinationState(rules, _random.NextDouble);
        foreach (var queue in queues) Ask(queue);
    }

    public TimeSpan Connecting { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan Sending { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan Travelling { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Largest delay of a timer.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.FromMilliseconds(15);

    public int Recipients { get; init; } = 1;

    /// <summary>How many transactions come of a message; null where the connection was found dead.</summary>
    public Func<int?> Transactions { get; init; } = () => 1;

    /// <summary>Whether connections stay open after a message.</summary>
    public bool IsUsableAfter { get; init; } = true;

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When each transaction was started, with its queue.</summary>
    public List<(DateTimeOffset At, QueueKey Queue)> Started { get; } = [];

    public int Wakes { get; private set; }

    public int MostConnections { get; private set; }

    public int Opened { get; private set; }

    /// <summary>Largest number of granted or waiting jobs at a time.</summary>
    public int MostAhead { get; private set; }

    /// <summary>Changes the limits.</summary>
    public void Use(DestinationRules rules) => _state.Use(rules);

    /// <summary>A queue has no mail from now on, or has it again.</summary>
    public void Empty(QueueKey queue, bool isEmpty)
    {
        if (isEmpty ? !_empty.Add(queue) : !_empty.Remove(queue)) return;
        Ask(queue);
    }

    public BusySite RunFor(TimeSpan time)
    {
        var end = Now + time;
        while (true)
        {
            Run();
            if (!_events.TryPeek(out _, out var next) || next.At > end) break;
            _events.Dequeue()();
        }

        Now = end;
        return this;
    }

    private void Run()
    {
        foreach (var effect in _state.Decide(Now)) Run(effect);
        MostConnections = Math.Max(MostConnections, _state.Connections);
        MostAhead = Math.Max(MostAhead, _state.Waiting + _state.Granted);
        if (_state.NextWake(Now) is not { } wake || _wakeAt <= wake) return;
        _wakeAt = wake;
        At(wake + Lateness * _random.NextDouble(), () =>
        {
            if (_wakeAt != wake) return;
            _wakeAt = null;
            Wakes++;
        });
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Open e:
                Opened++;
                In(Connecting, () => _state.Opened(e.Connection, Now));
                break;
            case DestinationEffect.Close e: In(Travelling, () => _state.Closed(e.Connection, Now)); break;
            case DestinationEffect.Send e: Send(e.Connection, e.Job); break;
            case DestinationEffect.Grant e: In(Travelling, () => Deliver(e.Queue, e.Credits)); break;
            case DestinationEffect.Report e:
                var ended = e.Jobs.Select(job => new AttemptId(job.Message, job.Attempt)).ToArray();
                In(Travelling, () => _state
                    .Acknowledge(new OutcomesAcknowledged(DestinationDriver.Target.Destination, e.Queue, ended), Now));
                break;
        }
    }

    private void Send(int connection, Job job)
    {
        var transactions = Transactions();
        for (var i = 0; i < transactions; i++) Started.Add((Now, job.Part.Queue));
        In(Sending, () =>
        {
            var outcome = new JobOutcome(
                job.Part.Message, job.Attempt, AttemptResult.Attempted,
                [new RecipientOutcome(job.Open, Disposition.Delivered, DestinationDriver.Ok, "mx.example")]);
            var isUsable = IsUsableAfter && transactions is not null;
            _state.Ended(new(connection, transactions is null ? null : outcome, transactions ?? 0, isUsable), Now);
            if (!isUsable) In(Travelling, () => _state.Closed(connection, Now));
        });
    }

    private void Deliver(QueueKey queue, int credits)
    {
        if (_empty.Contains(queue)) return;
        var jobs = Enumerable.Range(0, credits)
            .Select(_ => new DeliveryJob(MessageId.FromHalves(1, ++_lastMessage), 1, RecipientSet.All(Recipients))).ToArray();
        _state.Accept(new Deliver(DestinationDriver.Target, queue, jobs), Now);
        Ask(queue);
    }

    private void Ask(QueueKey queue) =>
        _state.Ask(new RequestCredit(DestinationDriver.Target, queue, _empty.Contains(queue) ? 0 : 10_000), Now);

    private void In(TimeSpan time, Action action) => At(Now + time, action);

    private void At(DateTimeOffset at, Action action) => _events.Enqueue(
        () =>
        {
            Now = at;
            action();
        }, (at, ++_order));
}
