using Postfleet.Contracts.Messages;
using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Shaping;

/// <summary>
/// A destination with as much mail as it can send, and a site that throttles at a rate that nobody is told. The destination moves between
/// nodes whose clocks differ, and its rows reach the database late. The steps of the limit are checked, and what the site sees.
/// </summary>
internal sealed class ShapingWorld
{
    private static readonly TimeSpan Length = TimeSpan.FromHours(3);

    // The search for the limit, from far above it, is over by then.
    private static readonly TimeSpan Search = TimeSpan.FromMinutes(30);

    private static readonly TargetHost[] Hosts = [new TargetHost(10, "mx.example")];

    private static readonly DeliveryTarget Target = new(SiteNames.For(Hosts, 25), TargetKind.Mx, Hosts, 25);

    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:example.com");

    // A message of another stream at a time; it must not wait for long, whatever happens to the other mail.
    private static readonly QueueKey News = QueueKey.FromTrusted("news:example.com");

    private static readonly TimeSpan NewsPatience = TimeSpan.FromSeconds(5);

    private readonly Scheduler _scheduler = new();
    private readonly Chance _chance;
    private readonly BrokenShapingRule _broken;
    private readonly BounceRule _rule;
    private readonly bool _isOfStream;
    private readonly string _scope;
    private readonly Dictionary<string, SiteState> _rows = new(StringComparer.Ordinal);
    private DestinationState _state = null!;
    private TimeSpan _ahead;
    private int _owner;
    private ulong _lastMessage;
    private DateTimeOffset _loweredAt;
    private DateTimeOffset _wakeAt = DateTimeOffset.MaxValue;
    private DateTimeOffset? _newsAt;
    private double _factor = 1;
    private (long Taken, long Refused) _before;

    /// <param name="seed">The seed of the run.</param>
    /// <param name="broken">The rule that is broken.</param>
    /// <param name="isOfStream">Whether the site throttles one of two streams, and the rule slows this stream alone.</param>
    public ShapingWorld(int seed, BrokenShapingRule broken, bool isOfStream = false)
    {
        (_broken, _chance, _isOfStream) = (broken, new Chance(seed, 0), isOfStream);
        var what = isOfStream && broken != BrokenShapingRule.OthersAreSlowed ? ReactionTarget.Stream : ReactionTarget.Destination;
        _scope = what == ReactionTarget.Stream ? $"rate:{Queue.Stream}" : "rate";
        Site = new ThrottlingSite(_chance.Between(1, 12));
        var hold = broken == BrokenShapingRule.EachConnectionCounts ? TimeSpan.FromMilliseconds(1) : ReplyReaction.DefaultHold;
        _rule = new BounceRule
        {
            Id = "slower",
            Class = BounceClass.Find("throttled")!,
            Samples = [ThrottlingSite.Slower],
            Reactions =
            [
                new ReplyReaction { Slow = 0.5, Floor = Rate.TryParse("1/m", out var floor) ? floor : default, Hold = hold, What = what },
            ],
        };
    }

    public ThrottlingSite Site { get; }

    /// <summary>The messages taken since the search, as a share of those that the site would take.</summary>
    public double Goodput => (Site.Taken - _before.Taken) / (Site.PerSecond * (Length - Search).TotalSeconds);

    /// <summary>The refused attempts since the search, as a share of all.</summary>
    public double RefusedShare =>
        (double)(Site.Refused - _before.Refused) / (Site.Taken - _before.Taken + Site.Refused - _before.Refused);

    private Slowdown? Slowdown => _scope == "rate" ? _state.Shaping.Rate : _state.Shaping.Streams.Find(Queue.Stream);

    private double Factor => Slowdown?.Factor ?? 1;

    private DateTimeOffset Now => _scheduler.Now + _ahead;

    public void Run()
    {
        Begin();
        _scheduler.After(_chance.Seconds(60, 3000), Move);
        if (_isOfStream) _scheduler.After(TimeSpan.FromSeconds(1), AskForNews);
        _scheduler.After(Search, () => _before = (Site.Taken, Site.Refused));
        while (_scheduler.Elapsed < Length && _scheduler.Step())
        {
        }

        if (RefusedShare > 0.01) throw new PromiseBrokenException("refused", $"{RefusedShare:P2} of the attempts were refused");
        if (Goodput < 0.85) throw new PromiseBrokenException("goodput", $"{Goodput:P1} of what the site takes was sent");
    }

    private void Move()
    {
        var rows = _broken == BrokenShapingRule.ForgottenAfterMove ? [] : _rows.Values.ToArray();
        Begin(rows);
        if (_rows.TryGetValue(_scope, out var row) && !(Factor <= row.Factor + 1e-9))
            throw new PromiseBrokenException("move", $"the factor is {Factor} after a move, and was {row.Factor}");
        _scheduler.After(_chance.Seconds(600, 3000), Move);
    }

    private void Begin(params SiteState[] rows)
    {
        _owner++;
        _newsAt = null;
        _ahead = _chance.Seconds(-2, 2);
        _state = new DestinationState(new DestinationRules(), _chance.Share, _owner);
        _state.AwaitState();
        _wakeAt = DateTimeOffset.MaxValue;
        Do(() => _state.Ask(new RequestCredit(Target, Queue, 1000), Now));
        Do(() => _state.Restore(rows, Now));
    }

    // What follows is for the present owner alone: connections of a former one are closed.
    private void After(TimeSpan delay, Action action)
    {
        var owner = _owner;
        _scheduler.After(delay, () =>
        {
            if (owner == _owner) Do(action);
        });
    }

    private void Do(Action action)
    {
        action();
        foreach (var effect in _state.Decide(Now)) Run(effect);
        if (_state.NextWake(Now) is not { } wake || wake >= _wakeAt) return;
        _wakeAt = wake;
        After(wake - Now, () => _wakeAt = DateTimeOffset.MaxValue);
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Open e: After(_chance.Milliseconds(1, 100), () => _state.Opened(e.Connection, Now)); break;
            case DestinationEffect.Close e: After(TimeSpan.Zero, () => _state.Closed(e.Connection, Now)); break;
            case DestinationEffect.Send e: After(_chance.Milliseconds(30, 200), () => Answer(e.Connection, e.Job)); break;
            case DestinationEffect.Grant e: After(TimeSpan.Zero, () => Deliver(e.Queue, e.Credits)); break;
            case DestinationEffect.Report e:
                After(TimeSpan.Zero, () => _state.Acknowledge(
                    new OutcomesAcknowledged(
                        Target.Destination, e.Queue, [.. e.Jobs.Select(job => new AttemptId(job.Message, job.Attempt))]),
                    Now));
                break;
            case DestinationEffect.Shaped e: Check(e); break;
            default: break;
        }
    }

    // An ask in each second; a move of the destination begins anew.
    private void AskForNews()
    {
        if (_scheduler.Now - _newsAt > NewsPatience)
            throw new PromiseBrokenException("others", $"mail of another stream waits for {_scheduler.Now - _newsAt}");
        _newsAt ??= _scheduler.Now;
        Do(() => _state.Ask(new RequestCredit(Target, News, 1), Now));
        _scheduler.After(TimeSpan.FromSeconds(1), AskForNews);
    }

    private void Deliver(QueueKey queue, int credits)
    {
        DeliveryJob[] jobs = [.. Enumerable.Range(0, credits)
            .Select(_ => new DeliveryJob(MessageId.FromHalves(1, ++_lastMessage), 1, RecipientSet.All(1)))];
        _state.Accept(new Deliver(Target, queue, jobs) { Incarnation = _owner }, Now);
        if (queue == Queue) _state.Ask(new RequestCredit(Target, Queue, 1000), Now);
    }

    private void Answer(int connection, Job job)
    {
        var isNews = job.Part.Queue == News;
        if (isNews) _newsAt = null;
        var isTaken = isNews || Site.Take(_scheduler.Now);
        var outcome = new RecipientOutcome(
            job.Open, isTaken ? Disposition.Delivered : Disposition.Deferred, isTaken ? new(250, null, "ok") : ThrottlingSite.Slower, "mx");
        _state.Ended(
            new ConnectionEvent.Ended(
                connection, new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.Attempted, [outcome]), 1, true)
            {
                Matches = isTaken ? [] : [new ReplyMatch(_rule, ThrottlingSite.Slower, Queue.Stream)],
            },
            Now);
    }

    private void Check(DestinationEffect.Shaped e)
    {
        if (e.Step == ShapingStep.Raised && _broken == BrokenShapingRule.SnapsBack)
            Slowdown!.Restore(e.Row! with { Factor = 1, Ceiling = 0 }, Now);
        var factor = Factor;
        if (e.Step == ShapingStep.Slowed)
        {
            if (_scheduler.Now - _loweredAt < ReplyReaction.DefaultHold - TimeSpan.FromSeconds(4))
                throw new PromiseBrokenException("hold", $"the limit was lowered again after {_scheduler.Now - _loweredAt}");
            _loweredAt = _scheduler.Now;
        }
        else if (factor - _factor > 0.1 + 1e-9)
        {
            throw new PromiseBrokenException("step", $"the factor rose from {_factor} to {factor}");
        }

        _factor = factor;
        // The row reaches the database a moment later.
        _scheduler.After(_chance.Milliseconds(1, 50), () =>
        {
            if (e.Row is null) _rows.Remove(e.Scope);
            else _rows[e.Scope] = e.Row;
        });
    }
}
