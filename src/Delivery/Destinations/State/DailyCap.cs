using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The units of a daily limit as the storage has granted them to this node: durable before they are used, so the limit is exact through
/// restarts, moves and several owners. Called on the thread of the destination.
/// </summary>
internal interface IDailyUnits
{
    /// <summary>Takes a unit that this node has, or refuses from memory; null if the storage has to be asked.</summary>
    BudgetAnswer? TryTake();

    /// <summary>Returns unused units.</summary>
    void Return(BudgetSeries series, int count);
}

/// <summary>
/// The daily limit of a destination: a job starts once its transactions have units. Units are taken for the next job alone. While the
/// storage is away, or the day is used up, no job starts. Part of <see cref="JobBook"/>.
/// </summary>
/// <param name="limit">The limit.</param>
/// <param name="units">The units.</param>
internal sealed class DailyCap(Rate limit, IDailyUnits units)
{
    /// <summary>How soon the storage is asked again after it could not answer.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    // A shorter wait than this keeps jobs at the destination; for a longer one they go back to their queues.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(30);

    private BudgetSeries _series;
    private int _held;
    private int _owed;
    private DateTimeOffset _closedUntil = DateTimeOffset.MinValue;

    /// <summary>The limit.</summary>
    public Rate Limit => limit;

    /// <summary>The units.</summary>
    public IDailyUnits Units => units;

    /// <summary>How many units the storage has to be asked for; 0 for none.</summary>
    public int Wanted { get; private set; }

    /// <summary>Whether the storage is being asked.</summary>
    public bool IsAsking { get; private set; }

    /// <summary>When units may be there again; null if there may be some now, or the storage is being asked.</summary>
    public DateTimeOffset? OpensAt(DateTimeOffset now) => _closedUntil > now ? _closedUntil : null;

    /// <summary>Until when the day is used up; null if it is not.</summary>
    public DateTimeOffset? OverUntil(DateTimeOffset now) => _closedUntil > now + Short ? _closedUntil : null;

    /// <summary>Whether no job starts now.</summary>
    public bool IsBlocked(DateTimeOffset now) => IsAsking || _closedUntil > now;

    /// <summary>Whether there are units for a job; takes them from the node as far as they are missing.</summary>
    public bool Has(int transactions, DateTimeOffset now)
    {
        var needed = Needed(transactions);
        while (_held < needed)
        {
            if (IsBlocked(now)) return false;
            if (units.TryTake() is not { } answer)
            {
                Wanted = needed - _held;
                return false;
            }

            Add(answer, now);
        }

        return true;
    }

    /// <summary>Takes the units of a job, of which there are enough.</summary>
    public DailyTicket Take(int transactions)
    {
        var needed = Needed(transactions);
        _held -= needed;
        _owed = Math.Max(_owed - (needed - Math.Min(needed, transactions)), 0);
        return new DailyTicket(_series, Math.Min(needed, transactions));
    }

    /// <summary>Settles the ticket of an ended job: unused units go back, and further ones are taken before the next job.</summary>
    public void Settle(DailyTicket ticket, int used)
    {
        if (used > ticket.Units) _owed += used - ticket.Units;
        else if (used < ticket.Units) units.Return(ticket.Series, ticket.Units - used);
    }

    /// <summary>The storage is asked.</summary>
    public int Ask()
    {
        (IsAsking, var wanted) = (true, Wanted);
        Wanted = 0;
        return wanted;
    }

    /// <summary>The storage has answered, or could not.</summary>
    public void Answered(BudgetAnswer? answer, DateTimeOffset now)
    {
        IsAsking = false;
        if (answer is { } known) Add(known, now);
        else _closedUntil = now + AskAgain;
    }

    /// <summary>Returns the units that no job has taken.</summary>
    public void GiveUp()
    {
        if (_held > 0) units.Return(_series, _held);
        _held = 0;
    }

    // A job with more transactions than a day has could never start.
    private int Needed(int transactions) => (int)Math.Min(transactions + (long)_owed, limit.Count);

    private void Add(BudgetAnswer answer, DateTimeOffset now)
    {
        if (!answer.IsGranted)
        {
            GiveUp();
            _closedUntil = now + (answer.FreeIn > TimeSpan.Zero ? answer.FreeIn : AskAgain);
            return;
        }

        // Units of a past day are lost.
        if (answer.Series != _series) (_series, _held) = (answer.Series, 0);
        _held++;
    }
}

/// <summary>The units of a daily limit that a job has taken.</summary>
/// <param name="Series">The day.</param>
/// <param name="Units">The units.</param>
internal readonly record struct DailyTicket(BudgetSeries Series, int Units);
