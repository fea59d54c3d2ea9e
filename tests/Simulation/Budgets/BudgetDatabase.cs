using Postfleet.Core.Budgets;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Spool.Common;

namespace Postfleet.Simulation.Tests.Budgets;

/// <summary>The database with the counts, by the rules of the product. A batch is done at one moment.</summary>
internal sealed class BudgetDatabase(Scheduler scheduler, BrokenBudgetRule broken)
{
    private readonly Dictionary<string, BudgetCount> _counts = [];
    private readonly Dictionary<Guid, int> _known = [];

    /// <summary>How far the clock of the database is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>The new recipients that took a unit.</summary>
    public HashSet<Guid> Granted { get; } = [];

    /// <summary>The time of the database.</summary>
    public DateTimeOffset Now => scheduler.Now + Ahead;

    private long Micros => (Now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Does a batch.</summary>
    public BudgetAnswers Run(BudgetBatch batch)
    {
        foreach (var units in batch.Returns) Return(units);
        List<BudgetGrant> grants = [];
        foreach (var take in batch.Takes)
        {
            var after = Count(take.Limit).Take(take.Limit, take.Count, Micros, out var grant);
            grants.Add(grant);
            if (broken == BrokenBudgetRule.CountNotLocked)
                scheduler.After(TimeSpan.FromMilliseconds(5), () => _counts[take.Limit.Name] = after);
            else _counts[take.Limit.Name] = after;
        }

        return new BudgetAnswers(grants, [.. batch.Contacts.Select(Meet)]);
    }

    private void Return(BudgetReturn units)
    {
        var count = Count(units.Limit);
        var series = units.Series;
        if (broken == BrokenBudgetRule.ReturnedToAnotherDay) series = series with { Day = count.Day };
        _counts[units.Limit.Name] = count
            .Return(units with { Series = units.Limit.Kind == BudgetKind.Daily ? series : series with { Day = 0 } });
    }

    private ContactGrant Meet(BudgetContact contact)
    {
        var day = BudgetCount.EffectiveDay(Count(contact.Limit).Day, Micros);
        if (_known.ContainsKey(contact.Recipient)) return BudgetCount.GrantOfContact(isKnown: true, isGranted: false, day, Micros);
        _counts[contact.Limit.Name] = Count(contact.Limit).Take(contact.Limit, 1, Micros, out var grant);
        var isGranted = grant.Count > 0;
        if (isGranted && !Granted.Add(contact.Recipient))
            throw new PromiseBrokenException("new recipients", "a recipient took a second unit");
        if ((isGranted && broken != BrokenBudgetRule.RecipientNotMarked)
            || (!isGranted && broken == BrokenBudgetRule.RecipientMarkedWhenRefused))
            _known[contact.Recipient] = day;
        return BudgetCount.GrantOfContact(isKnown: false, isGranted, grant.Series.Day, Micros);
    }

    private BudgetCount Count(BudgetLimit limit) => _counts.GetValueOrDefault(limit.Name);
}

/// <summary>The accepted recipients, and the promises about them.</summary>
/// <param name="day">The daily limit.</param>
/// <param name="rate">The rate.</param>
internal sealed class BudgetLedger(BudgetLimit day, BudgetLimit rate)
{
    private readonly List<DateTimeOffset> _times = [];
    private readonly Dictionary<int, long> _days = [];

    /// <summary>The daily limit at its highest.</summary>
    public BudgetLimit Day { get; set; } = day;

    /// <summary>How far clocks were set forward, which gives a rate units early.</summary>
    public TimeSpan Slack { get; set; }

    /// <summary>The recipients that were accepted on a day.</summary>
    public long AcceptedOn(int number) => _days.GetValueOrDefault(number);

    /// <summary>A recipient of an accepted message.</summary>
    /// <param name="takenOn">The day of the database when the recipient took its unit of the day.</param>
    /// <param name="at">When the recipient took its unit of the rate, by the clock of the simulation.</param>
    public void Accepted(int takenOn, DateTimeOffset at)
    {
        _days[takenOn] = _days.GetValueOrDefault(takenOn) + 1;
        if (_days[takenOn] > Day.Most)
            throw new PromiseBrokenException("daily limit", $"{_days[takenOn]} recipients of {Day.Most} on a day");
        _times.Add(at);
    }

    /// <summary>
    /// At no time have more been accepted than the bucket and the flow allow, and what is on its way for half a second and kept for one
    /// more.
    /// </summary>
    public void CheckRate()
    {
        _times.Sort();
        var most = new TimeSpan(rate.Most * rate.Step / 100) + TimeSpan.FromSeconds(1.5) + Slack;
        var arrival = DateTimeOffset.MinValue;
        foreach (var at in _times)
        {
            arrival = (arrival > at ? arrival : at) + new TimeSpan(rate.Step / 100);
            if (arrival - at > most) throw new PromiseBrokenException("rate", $"a recipient {arrival - at - most} too early");
        }
    }
}
