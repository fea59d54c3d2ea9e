using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>A destination's state with a clock, and its effects since the start.</summary>
internal sealed class DestinationDriver(DestinationRules? rules = null, int seed = 1, Func<Rate, IDailyUnits>? units = null)
{
    private static readonly TargetHost[] Hosts = [new TargetHost(10, "mx.example")];
    private readonly Random _random = new(seed);
    private readonly Dictionary<int, Job> _running = [];
    private DestinationState? _state;
    private ulong _lastMessage;

    public static readonly DeliveryTarget Target = new(SiteNames.For(Hosts, 25), TargetKind.Mx, Hosts, 25);

    public static readonly SmtpReply Refused = new(451, new EnhancedStatus(4, 4, 1), "connection refused");

    public static readonly SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "queued");

    public DestinationRules Rules { get; } = rules ?? new DestinationRules();

    public DestinationState State => _state ??= new DestinationState(Rules, _random.NextDouble, units: units);

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<DestinationEffect> Effects { get; } = [];

    public IEnumerable<DestinationEffect.Open> Opens => Effects.OfType<DestinationEffect.Open>();

    public IEnumerable<DestinationEffect.Send> Sends => Effects.OfType<DestinationEffect.Send>();

    public IEnumerable<DestinationEffect.Grant> Grants => Effects.OfType<DestinationEffect.Grant>();

    public IEnumerable<DestinationEffect.Refuse> Refusals => Effects.OfType<DestinationEffect.Refuse>();

    public IEnumerable<JobOutcome> Reported => Effects.OfType<DestinationEffect.Report>().SelectMany(report => report.Jobs);

    public IReadOnlyDictionary<int, Job> RunningJobs => _running;

    public static QueueKey Queue(string domain, string stream = "default") => QueueKey.FromTrusted($"{stream}:{domain}");

    public DeliveryJob NewJob(int attempt = 1) => new(MessageId.FromHalves(1, ++_lastMessage), attempt, RecipientSet.All(1));

    public DeliveryJob[] NewJobs(int count) => [.. Enumerable.Range(0, count).Select(_ => NewJob())];

    public void Ask(QueueKey queue, int jobs, bool endsPause = false) =>
        Do(() => State.Ask(new RequestCredit(Target, queue, jobs) { EndsPause = endsPause }, Now));

    public void Deliver(QueueKey queue, params DeliveryJob[] jobs) => Do(() => State.Accept(new Deliver(Target, queue, jobs), Now));

    public void Acknowledge(QueueKey queue, params DeliveryJob[] jobs) =>
        Do(() => State.Acknowledge(
            new OutcomesAcknowledged(Target.Destination, queue, [.. jobs.Select(job => new AttemptId(job.Message, job.Attempt))]), Now));

    /// <summary>Connections that are being opened.</summary>
    public HashSet<int> Unopened { get; } = [];

    public void Opened(int connection) => Do(() => State.Opened(connection, Now));

    public void NotOpened(int connection) => Do(() => State.NotOpened(connection, Refused, Now));

    /// <summary>The connection's job ends: delivered, or not tried when stale.</summary>
    public void End(int connection, bool isStale = false, bool isUsable = true, int? transactions = 1)
    {
        _running.Remove(connection, out var job);
        var outcome = new JobOutcome(
            job!.Part.Message, job.Attempt, AttemptResult.Attempted,
            [new RecipientOutcome(job.Open, Disposition.Delivered, Ok, "mx.example")]);
        Do(() => State.Ended(new(connection, isStale ? null : outcome, isStale ? 0 : transactions, isUsable && !isStale), Now));
    }

    /// <summary>The connection's job ends with an outcome.</summary>
    public void End(int connection, JobOutcome outcome)
    {
        _running.Remove(connection);
        Do(() => State.Ended(new(connection, outcome, 1, true), Now));
    }

    public void Closed(int connection) => Do(() => State.Closed(connection, Now));

    public void Stop() => Do(() => State.Stop());

    public void After(TimeSpan time)
    {
        Now += time;
        Do(() => { });
    }

    /// <summary>Makes the site reachable and hands out the first credit.</summary>
    public DestinationDriver Up(QueueKey queue)
    {
        Ask(queue, 1);
        Opened(Opens.Last().Connection);
        return this;
    }

    public void Do(Action action)
    {
        action();
        foreach (var effect in State.Decide(Now))
        {
            Effects.Add(effect);
            if (effect is DestinationEffect.Open open) Unopened.Add(open.Connection);
            if (effect is DestinationEffect.Send send) _running.Add(send.Connection, send.Job);
        }
    }
}
