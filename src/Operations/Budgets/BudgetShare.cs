using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;

namespace Postfleet.Operations.Budgets;

/// <summary>
/// What this node has of a limit: units that the storage has granted and nobody has used yet, and the memory of a refusal. Times are
/// elapsed times of the node: neither its clock nor that of another node matters. <see cref="BudgetShares"/> owns it. Pure.
/// </summary>
/// <param name="limit">The limit.</param>
internal sealed class BudgetShare(BudgetLimit limit)
{
    /// <summary>How long units of a rate may be kept: they belong to the time in which they were granted.</summary>
    public static readonly TimeSpan RateTerm = TimeSpan.FromSeconds(1);

    /// <summary>How long units of a day stay unused before they are returned.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest memory of a refusal. Afterwards the storage is asked again, since another node may have returned units.
    /// </summary>
    public static readonly TimeSpan MaxRefusal = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The shortest memory of a refusal: a client that is refused by a high rate does not ask the storage for each recipient.
    /// </summary>
    public static readonly TimeSpan MinRefusal = TimeSpan.FromMilliseconds(100);

    /// <summary>The time after which a refusal is news again.</summary>
    public static readonly TimeSpan News = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The most look-ups of unknown recipients while a limit refuses new ones, until it is asked again. Known recipients are still found,
    /// and a client cannot ask the storage for any number of addresses.
    /// </summary>
    public const int RefusedLookups = 100;

    private BudgetSeries _series;
    private TimeSpan _ends;
    private TimeSpan _used;
    private long _left = limit.Most;
    private Refusal? _refusal;
    private TimeSpan? _news;

    /// <summary>The limit with its value.</summary>
    public BudgetLimit Limit => limit;

    /// <summary>The units that nobody has used.</summary>
    public long Units { get; private set; }

    /// <summary>How many units to ask for. Near the limit blocks are small, so that the other nodes find units, too.</summary>
    /// <param name="ahead">How many units the callers need soon.</param>
    public long Want(long ahead) =>
        Math.Min(Math.Clamp(ahead, limit.Block, BudgetLimit.MaxBlock), Math.Max(_left / 10, 1));

    /// <summary>Takes a unit, or refuses; null if the storage has to be asked.</summary>
    public BudgetAnswer? TryTake(object version, TimeSpan now, BudgetReturns returns)
    {
        _used = now;
        Expire(now, returns);
        if (Units == 0) return FindRefusal(version, now);
        Units--;
        return BudgetAnswer.Granted(_series);
    }

    /// <summary>Puts a unit back that was taken just now, and not given to anybody.</summary>
    public void Undo() => Units++;

    /// <summary>The storage has answered.</summary>
    /// <param name="grant">The answer.</param>
    /// <param name="version">The version with which a refused caller has asked.</param>
    /// <param name="askedAt">When the storage was asked: the answer is not older.</param>
    /// <param name="now">The time.</param>
    /// <param name="returns">Gets units that cannot be used here any more.</param>
    public void Add(in BudgetGrant grant, object version, TimeSpan askedAt, TimeSpan now, BudgetReturns returns)
    {
        Expire(now, returns);
        _left = grant.Left;
        if (grant.Count == 0)
        {
            Refuse(version, grant.Ends, grant.EndsAt, askedAt, now);
            return;
        }

        if (Units > 0 && _series != grant.Series) GiveUp(returns);
        (_series, _used, _refusal) = (grant.Series, now, null);
        // From the answer on: with a slow storage, units of a rate would be over before they arrive. A later answer gives no more time to
        // units that are here already.
        if (limit.Kind == BudgetKind.Daily) _ends = askedAt + grant.Ends;
        else if (Units == 0) _ends = now + RateTerm;
        Units += grant.Count;
    }

    /// <summary>
    /// Units were taken and not used. Others may use units of the day; units of a rate go back to the storage, where no more than a full
    /// bucket comes of them.
    /// </summary>
    public void Return(in BudgetReturn units, TimeSpan now, BudgetReturns returns)
    {
        Expire(now, returns);
        var kept = limit.Kind == BudgetKind.Daily && units.Limit == limit && units.Series == _series && now < _ends
            ? Math.Clamp(limit.Block - Units, 0, units.Count) : 0;
        Units += kept;
        if (kept < units.Count) returns.Add(units with { Count = units.Count - kept });
    }

    /// <summary>Gives units to the storage that nobody has used for some time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isLast">Gives all units.</param>
    /// <param name="returns">Gets the units.</param>
    /// <returns>Whether the share is of no use any more.</returns>
    public bool Tidy(TimeSpan now, bool isLast, BudgetReturns returns)
    {
        Expire(now, returns);
        if (Units > 0 && (isLast || now - _used >= Idle)) GiveUp(returns);
        return isLast || (Units == 0 && now - _used >= News);
    }

    /// <summary>Whether new recipients are refused without a look-up; null if the storage has to be asked.</summary>
    public BudgetAnswer? TryMeet(object version, TimeSpan now)
    {
        _used = now;
        if (FindRefusal(version, now) is not { } answer) return null;
        return _refusal!.Lookups > 0 ? null : answer;
    }

    /// <summary>Whether new recipients are refused, though some may still be looked up.</summary>
    public bool IsRefusing(object version, TimeSpan now) =>
        _refusal is { } refusal && ReferenceEquals(refusal.Version, version) && now < refusal.Until;

    /// <summary>The storage has refused a new recipient.</summary>
    public BudgetAnswer RefuseContact(in ContactGrant grant, object version, TimeSpan askedAt, TimeSpan now)
    {
        if (FindRefusal(version, now) is null) Refuse(version, grant.Ends, grant.EndsAt, askedAt, now);
        else _refusal!.Lookups--;
        return FindRefusal(version, now)!.Value;
    }

    // Units of a past day are lost; units of a rate fill the bucket again.
    private void Expire(TimeSpan now, BudgetReturns returns)
    {
        if (Units == 0 || now < _ends) return;
        if (limit.Kind == BudgetKind.Rate) GiveUp(returns);
        Units = 0;
    }

    private void GiveUp(BudgetReturns returns)
    {
        returns.Add(new BudgetReturn(limit, _series, Units));
        Units = 0;
    }

    private void Refuse(object version, TimeSpan ends, DateTimeOffset endsAt, TimeSpan askedAt, TimeSpan now)
    {
        var memory = ends < MinRefusal ? MinRefusal : ends > MaxRefusal ? MaxRefusal : ends;
        var isNews = _news is not { } last || now - last >= News;
        if (isNews) _news = now;
        _refusal = new Refusal(version, now + memory, askedAt + ends, endsAt) { IsNews = isNews, Lookups = RefusedLookups };
    }

    private BudgetAnswer? FindRefusal(object version, TimeSpan now)
    {
        if (_refusal is not { } refusal) return null;
        if (!ReferenceEquals(refusal.Version, version) || now >= refusal.Until)
        {
            _refusal = null;
            return null;
        }

        var answer = new BudgetAnswer(
            false, default, refusal.EndsAt, refusal.Ends > now ? refusal.Ends - now : TimeSpan.Zero, refusal.IsNews);
        refusal.IsNews = false;
        return answer;
    }

    private sealed record Refusal(object Version, TimeSpan Until, TimeSpan Ends, DateTimeOffset EndsAt)
    {
        public bool IsNews { get; set; }

        public int Lookups { get; set; }
    }
}
