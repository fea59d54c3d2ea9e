using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Spool.Common;

namespace Postfleet.Simulation.Tests.Budgets;

/// <summary>
/// Three frontends and a database around midnight: sessions send and abort, nodes die and start, the database is away, slow or loses
/// answers, its clock is set, and an operator changes a limit. At the end what is left of the day must be reachable.
/// </summary>
internal sealed class BudgetWorld
{
    private const int Nodes = 3;

    private static readonly TimeSpan Sending = TimeSpan.FromSeconds(90);

    private readonly Chance _chance;
    private readonly int _seed;
    private readonly List<BudgetNode> _nodes = [];
    private DateTimeOffset _awayUntil;
    private bool _isExact = true;
    private int _made;
    private int _day;

    public BudgetWorld(int seed, BrokenBudgetRule broken)
    {
        (_seed, Broken) = (seed, broken);
        _chance = new Chance(seed, 0);
        Database = new BudgetDatabase(Scheduler, broken);
        // The day ends within the run.
        Database.Ahead = TimeSpan.FromDays(1) - _chance.Seconds(5, 80);
        Day = new BudgetLimit("day", BudgetKind.Daily, Of($"{_chance.Between(1, 600)}/d"));
        Rate = new BudgetLimit("rate", BudgetKind.Rate, Of(_chance.Of((string[])["5/s", "40/s", "300/m", "1000/s", "30/m"])));
        Contacts = new BudgetLimit("new", BudgetKind.Daily, Of($"{_chance.Between(1, 300)}/d"));
        Ledger = new BudgetLedger(Day, Rate);
    }

    public BrokenBudgetRule Broken { get; }

    public Scheduler Scheduler { get; } = new();

    public BudgetDatabase Database { get; }

    public BudgetLedger Ledger { get; }

    public BudgetLimit Day { get; private set; }

    public BudgetLimit Rate { get; }

    public BudgetLimit Contacts { get; }

    /// <summary>The user as it was read last.</summary>
    public object Version { get; private set; } = new();

    public bool IsSending => Scheduler.Elapsed < Sending;

    /// <summary>The day of the database, which does not go back.</summary>
    public int DayNumber => _day = Math.Max(_day, (int)(Database.Now - DateTimeOffset.UnixEpoch).TotalDays);

    /// <summary>
    /// The day to which a unit counts that is taken now. A node keeps a unit for the time that its day had left when the database granted
    /// it. A clock that is set forward afterwards comes to midnight earlier, and the unit is used that much later than midnight.
    /// </summary>
    public int DayOf(BudgetSeries series) =>
        (Database.Now - Ledger.Slack - DateTimeOffset.UnixEpoch).TotalDays < series.Day + 1 ? series.Day : DayNumber;

    /// <summary>A recipient: few of many.</summary>
    public static Guid Recipient(Chance chance) => new(chance.Below(400), 0, 0, new byte[8]);

    /// <summary>Carries a batch to the database, and the answer back; null for no answer.</summary>
    public void Send(BudgetBatch batch, Action<BudgetAnswers?> end)
    {
        var isLost = IsSending && _chance.Is(0.02);
        Scheduler.After(_chance.Milliseconds(0.1, _chance.Is(0.05) ? 500 : 5), () =>
        {
            if (Scheduler.Now < _awayUntil)
            {
                _isExact = false;
                Scheduler.After(TimeSpan.FromMilliseconds(100), () => end(null));
                return;
            }

            var answers = Database.Run(batch);
            if (isLost) _isExact = false;
            _ = DayNumber;
            Scheduler.After(_chance.Milliseconds(0.1, _chance.Is(0.05) ? 500 : 5), () => end(isLost ? null : answers));
        });
    }

    public void Run()
    {
        for (var i = 0; i < Nodes; i++) Add();
        if (_chance.Is(0.7)) Fault();
        while (Scheduler.Step())
        {
        }

        Ledger.CheckRate();
        End();
    }

    private void Add()
    {
        var node = new BudgetNode(this, new Chance(_seed, ++_made), _chance.Seconds(-2, 2));
        _nodes.Add(node);
        node.Start(_chance.Between(1, 4));
    }

    private void Fault()
    {
        if (!IsSending) return;
        switch (_chance.Below(5))
        {
            case 0:
                if (_nodes.Count < 2) break;
                _isExact = false;
                var node = _chance.Of(_nodes);
                node.Die();
                _nodes.Remove(node);
                Scheduler.After(_chance.Seconds(0, 3), Add);
                break;
            case 1:
                _awayUntil = Scheduler.Now + _chance.Seconds(0, 5);
                break;
            case 2:
                var step = _chance.Seconds(-2, 2);
                Database.Ahead += step;
                if (step > TimeSpan.Zero) Ledger.Slack += step;
                break;
            case 3:
                // Minutes back, but not over midnight, where the day would come again.
                if (Database.Now.TimeOfDay > TimeSpan.FromHours(12)) Database.Ahead -= _chance.Seconds(0, 120);
                break;
            default:
                (Day, Version) = (Day with { Value = Of($"{_chance.Between(1, 600)}/d") }, new object());
                if (Day.Most > Ledger.Day.Most) Ledger.Day = Day;
                break;
        }

        Scheduler.After(_chance.Seconds(1, 20), Fault);
    }

    // All nodes are idle and have returned their units; one takes the rest of the day.
    private void End()
    {
        foreach (var node in _nodes) node.Stop();
        Scheduler.After(TimeSpan.FromHours(1), () => { });
        while (Scheduler.Step())
        {
        }

        Version = new object();
        var today = (int)(Database.Now - DateTimeOffset.UnixEpoch).TotalDays;
        var (got, rate) = (0L, 0L);
        Take(Day, () => ++got <= Day.Most);
        // A fast bucket fills while it is emptied.
        Take(Rate, () => ++rate < Rate.Most);
        while (Scheduler.Step())
        {
        }

        var used = Ledger.AcceptedOn(today);
        if (used + got > Math.Max(Day.Most, used)) throw new PromiseBrokenException("daily limit", $"{used} + {got} of {Day.Most}");
        if (_isExact && today == DayNumber && used + got < Day.Most)
            throw new PromiseBrokenException("reachable", $"{used} + {got} of {Day.Most}");
        if (rate < Rate.Most) throw new PromiseBrokenException("rate", $"{rate} of {Rate.Most} after an hour");
    }

    private void Take(BudgetLimit limit, Func<bool> goesOn) => _nodes[0].Take(limit, 100, answer =>
    {
        if (answer is { IsGranted: true } && goesOn()) Take(limit, goesOn);
    });

    private static Rate Of(string text) => Core.Units.Rate.TryParseAny(text, out var rate) ? rate : throw new ArgumentException(text);
}
