using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The units that a transaction of a user with limits has taken. They are used when the client gets its 250, and returned when the
/// transaction ends otherwise; each unit once. Made by <see cref="UserLimitCheck"/>, ended by the <see cref="Transaction"/>. Thread-safe:
/// an answer may come when the session is over.
/// </summary>
internal sealed class TransactionUnits(IBudgets budgets)
{
    private readonly Lock _lock = new();

    // Of each limit one entry, and more where its count began anew in the middle of the transaction.
    private readonly List<BudgetReturn> _units = [];
    private bool _isOver;

    /// <summary>A unit was taken for a recipient.</summary>
    public void Add(BudgetLimit limit, BudgetSeries series)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                var i = _units.FindLastIndex(units => units.Limit == limit && units.Series == series);
                if (i < 0) _units.Add(new BudgetReturn(limit, series, 1));
                else _units[i] = _units[i] with { Count = _units[i].Count + 1 };
                return;
            }
        }

        budgets.Return(new BudgetReturn(limit, series, 1));
    }

    /// <summary>Moves the units to another owner.</summary>
    public void MoveTo(TransactionUnits other)
    {
        lock (_lock)
        {
            foreach (var units in _units) other.Add(units.Limit, units.Series);
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

        foreach (var limit in _units.GroupBy(units => units.Limit.Name, StringComparer.Ordinal))
        {
            var left = (long)used;
            foreach (var units in limit)
            {
                var part = Math.Min(left, units.Count);
                left -= part;
                if (part < units.Count) budgets.Return(units with { Count = units.Count - part });
            }
        }
    }
}
