using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;

namespace Postfleet.Operations.Budgets;

/// <summary>
/// What this node has of all limits, and the units that have to go back to the storage. <see cref="LocalBudgets"/> owns it, calls it under
/// its lock, and carries the questions and answers. Pure: the simulation drives the same code.
/// </summary>
internal sealed class BudgetShares
{
    /// <summary>The most limits of which the node has something. Sessions that send at the same time need three each.</summary>
    public const int MaxShares = 100_000;

    /// <summary>The most recipients that are remembered as known from today. When there are more, all are forgotten.</summary>
    public const int MaxKnown = 50_000;

    private readonly Dictionary<string, BudgetShare> _shares = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Limit, Guid Recipient), TimeSpan> _known = [];

    private readonly BudgetReturns _returns = new();

    /// <summary>Whether nothing has to be looked at from time to time.</summary>
    public bool IsEmpty => _shares.Count == 0 && _returns.Count == 0;

    /// <summary>Whether units have to go back.</summary>
    public bool HasReturns => _returns.Count > 0;

    /// <summary>The units that nobody has used, for tests.</summary>
    public long Units => _shares.Values.Sum(share => share.Units);

    /// <summary>Takes a unit, or refuses; null if the storage has to be asked.</summary>
    public BudgetAnswer? TryTake(BudgetLimit limit, object version, TimeSpan now) => Of(limit, now).TryTake(version, now, _returns);

    /// <summary>Puts a unit back that was taken just now, and not given to anybody.</summary>
    public void Undo(BudgetLimit limit, TimeSpan now) => Of(limit, now).Undo();

    /// <summary>How many units to ask the storage for.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="ahead">How many the callers need soon.</param>
    public long Want(BudgetLimit limit, long ahead) =>
        _shares.TryGetValue(limit.Name, out var share) && share.Limit == limit ? share.Want(ahead) : limit.Block;

    /// <summary>The storage has answered to a question for units.</summary>
    public void Add(BudgetLimit limit, in BudgetGrant grant, object version, TimeSpan askedAt, TimeSpan now)
    {
        var share = Of(limit, now);
        share.Add(grant, version, askedAt, now, _returns);
    }

    /// <summary>Returns units that were taken and are not used.</summary>
    public void Return(in BudgetReturn units, TimeSpan now)
    {
        if (_shares.TryGetValue(units.Limit.Name, out var share)) share.Return(units, now, _returns);
        else _returns.Add(units);
    }

    /// <summary>Grants a recipient who is known from today, or refuses; null if the storage has to be asked.</summary>
    public BudgetAnswer? TryMeet(in BudgetContact contact, object version, TimeSpan now) =>
        _known.TryGetValue((contact.Limit.Name, contact.Recipient), out var until) && now < until
            ? BudgetAnswer.Granted(default) : Of(contact.Limit, now).TryMeet(version, now);

    /// <summary>Whether a limit refuses new recipients, though some may still be looked up.</summary>
    public bool IsRefusing(BudgetLimit limit, object version, TimeSpan now) =>
        _shares.TryGetValue(limit.Name, out var share) && share.Limit == limit && share.IsRefusing(version, now);

    /// <summary>The storage has answered about a recipient.</summary>
    public BudgetAnswer Add(in BudgetContact contact, in ContactGrant grant, object version, TimeSpan askedAt, TimeSpan now)
    {
        if (!grant.IsKnown && !grant.IsGranted) return Of(contact.Limit, now).RefuseContact(grant, version, askedAt, now);
        if (_known.Count >= MaxKnown) _known.Clear();
        _known[(contact.Limit.Name, contact.Recipient)] = askedAt + grant.Ends;
        return BudgetAnswer.Granted(default);
    }

    /// <summary>Gives up what nobody has used for some time; or all, when the node stops.</summary>
    public void Tidy(TimeSpan now, bool isLast)
    {
        foreach (var share in _shares.Values)
            if (share.Tidy(now, isLast, _returns)) _shares.Remove(share.Limit.Name);
    }

    /// <summary>Takes units for the next batch, each limit once.</summary>
    /// <param name="most">The most entries.</param>
    public List<BudgetReturn> TakeReturns(int most) => _returns.Take(most);

    private BudgetShare Of(BudgetLimit limit, TimeSpan now)
    {
        if (_shares.TryGetValue(limit.Name, out var share))
        {
            if (share.Limit == limit) return share;
            // An operator has changed the value.
            share.Tidy(now, isLast: true, _returns);
        }
        else if (_shares.Count >= MaxShares)
        {
            throw new BudgetsUnavailableException($"{MaxShares} limits are in use") { IsFull = true };
        }

        return _shares[limit.Name] = new BudgetShare(limit);
    }
}
