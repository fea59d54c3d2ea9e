using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The units that a transaction of a user with limits has taken. They are used when the client gets its 250, and returned when the
/// transaction ends otherwise; each unit once. Made by <see cref="UserLimitCheck"/>, ended by the <see cref="Transaction"/>. Thread-safe:
/// an answer may come when the session is over.
/// </summary>
/// <remarks>
/// A bucket that filled up while the transaction was open has lost what flowed in: a unit of a rate that came back then would be one more
/// than the rate allows, and clients could collect units in open transactions. So of the units of a rate only those come back that cannot
/// have flowed in since they were taken.
/// </remarks>
internal sealed class TransactionUnits(IBudgets budgets)
{
    private readonly Lock _lock = new();

    // Of each limit one entry, and more where its count began anew in the middle of the transaction.
    private readonly List<Entry> _units = [];
    private bool _isOver;

    /// <summary>A unit was taken for a recipient.</summary>
    public void Add(BudgetLimit limit, BudgetSeries series) => Add(limit, series, budgets.Elapsed);

    private void Add(BudgetLimit limit, BudgetSeries series, TimeSpan at)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                var entry = _units.FindLast(units => units.Limit == limit && units.Series == series);
                if (entry is null) _units.Add(entry = new Entry(limit, series));
                entry.Add(at);
                return;
            }
        }

        budgets.Return(new BudgetReturn(limit, series, 1));
    }

    /// <summary>Moves the units to another owner. They are as old as they were: the storage may have been slow meanwhile.</summary>
    public void MoveTo(TransactionUnits other)
    {
        lock (_lock)
        {
            foreach (var entry in _units)
                for (var i = 0; i < entry.Count; i++) other.Add(entry.Limit, entry.Series, entry.Since);
            _units.Clear();
        }
    }

    /// <summary>The client gets its 250: the units of accepted recipients are used.</summary>
    /// <param name="accepted">The number of accepted recipients. Others got a unit and were refused for another reason afterwards.</param>
    public void Use(int accepted) => End(accepted);

    /// <summary>The transaction has ended without acceptance, unless it was accepted.</summary>
    public void Return() => End(0);

    private void End(int used)
    {
        lock (_lock)
        {
            if (_isOver) return;
            _isOver = true;
        }

        var now = budgets.Elapsed;
        foreach (var limit in _units.GroupBy(units => units.Limit.Name, StringComparer.Ordinal))
        {
            var left = (long)used;
            foreach (var units in limit)
            {
                var part = Math.Min(left, units.Count);
                left -= part;
                var unused = units.Returnable(now) - part;
                if (unused > 0) budgets.Return(new BudgetReturn(units.Limit, units.Series, unused));
            }
        }
    }

    private sealed class Entry(BudgetLimit limit, BudgetSeries series)
    {
        // When as many units have flowed in as were taken, by the rules of GCRA, in nanoseconds.
        private long _refilled;

        public BudgetLimit Limit => limit;

        public BudgetSeries Series => series;

        public long Count { get; private set; }

        /// <summary>When the first unit was taken.</summary>
        public TimeSpan Since { get; private set; }

        public void Add(TimeSpan now)
        {
            if (Count++ == 0) Since = now;
            _refilled = Math.Max(_refilled, Nanoseconds(now)) + limit.Step;
        }

        /// <summary>The units that come back if none is used. Those of a day do not flow.</summary>
        public long Returnable(TimeSpan now) => limit.Kind == BudgetKind.Daily ? Count
            : Math.Clamp((_refilled - Nanoseconds(now)) / limit.Step, 0, Count);

        private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
    }
}
