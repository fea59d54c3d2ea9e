using Postfleet.Core.Budgets;

namespace Postfleet.Operations.Budgets;

/// <summary>
/// Units that have to go back to the storage, added up by limit and count. <see cref="BudgetShares"/> owns it. Not thread-safe.
/// </summary>
internal sealed class BudgetReturns
{
    private readonly Dictionary<(BudgetLimit Limit, BudgetSeries Series), long> _units = [];

    /// <summary>The number of entries.</summary>
    public int Count => _units.Count;

    /// <summary>Adds units.</summary>
    public void Add(in BudgetReturn units) =>
        _units[(units.Limit, units.Series)] = _units.GetValueOrDefault((units.Limit, units.Series)) + units.Count;

    /// <summary>Removes entries for the next batch, in which the storage takes a limit once.</summary>
    /// <param name="most">The most entries.</param>
    public List<BudgetReturn> Take(int most)
    {
        List<BudgetReturn> taken = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var ((limit, series), count) in _units)
        {
            if (taken.Count == most) break;
            if (names.Add(limit.Name)) taken.Add(new BudgetReturn(limit, series, count));
        }

        foreach (var units in taken) _units.Remove((units.Limit, units.Series));
        return taken;
    }
}
