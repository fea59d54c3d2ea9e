namespace Postfleet.Core.Budgets;

/// <summary>
/// The stored count of a limit, and the rules by which it changes. SQLite runs them as they are; PostgreSQL runs the same rules as
/// statements, and a test compares both. Pure; immutable.
/// </summary>
/// <param name="Day">The day of the last change, in days since 1970.</param>
/// <param name="Granted">The units taken on that day, of a daily limit.</param>
/// <param name="Arrival">The theoretical arrival time of GCRA, in nanoseconds since 1970, of a rate.</param>
/// <param name="Epoch">Grows with each reset.</param>
public readonly record struct BudgetCount(int Day, long Granted, long Arrival, long Epoch)
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private const long NanosecondsPerMicrosecond = 1000;

    /// <summary>The day of a time in microseconds since 1970.</summary>
    public static int DayOf(long now) => (int)(now / MicrosecondsPerDay);

    /// <summary>
    /// The day on which a daily limit counts at a time. If the clock was set back over midnight, the later day goes on. A day far ahead is
    /// the mistake of a clock that was wrong, and has no effect.
    /// </summary>
    public static int EffectiveDay(int day, long now) => day == DayOf(now) + 1 ? day : DayOf(now);

    /// <summary>The units of a daily limit that are taken on the day of a time.</summary>
    public long UsedAt(long now) => Day == EffectiveDay(Day, now) ? Granted : 0;

    /// <summary>Takes up to a number of units.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="count">The most units.</param>
    /// <param name="now">The time of the storage, in microseconds since 1970.</param>
    /// <param name="grant">The answer.</param>
    /// <returns>The count afterwards.</returns>
    public BudgetCount Take(BudgetLimit limit, long count, long now, out BudgetGrant grant) =>
        limit.Kind == BudgetKind.Daily ? TakeOfDay(limit, count, now, out grant) : TakeOfRate(limit, count, now, out grant);

    /// <summary>Takes units back. Units of another day, or from before a reset, have no effect.</summary>
    public BudgetCount Return(in BudgetReturn units)
    {
        if (units.Series.Epoch != Epoch) return this;
        if (units.Limit.Kind == BudgetKind.Rate) return this with { Arrival = Arrival - units.Count * units.Limit.Step };
        return units.Series.Day == Day ? this with { Granted = Math.Max(Granted - units.Count, 0) } : this;
    }

    /// <summary>Begins anew, with no unit taken.</summary>
    public BudgetCount Reset() => this with { Granted = 0, Arrival = 0, Epoch = Epoch + 1 };

    private BudgetCount TakeOfDay(BudgetLimit limit, long count, long now, out BudgetGrant grant)
    {
        var (day, used) = (EffectiveDay(Day, now), UsedAt(now));
        var granted = Math.Clamp(limit.Most - used, 0, count);
        grant = GrantOfDay(granted, new BudgetSeries(day, Epoch), Math.Max(limit.Most - used - granted, 0), now);
        return granted == 0 ? this : this with { Day = day, Granted = used + granted };
    }

    // An arrival time later than an empty bucket has comes from a clock that was set back, or from a lower rate before. The bucket is empty
    // then, and fills from now on: otherwise nobody could send until the clock has caught up.
    private BudgetCount TakeOfRate(BudgetLimit limit, long count, long now, out BudgetGrant grant)
    {
        var latest = now * NanosecondsPerMicrosecond + limit.Most * limit.Step;
        var begin = Math.Min(Math.Max(Arrival, now * NanosecondsPerMicrosecond), latest);
        var granted = Math.Min(count, (latest - begin) / limit.Step);
        var isClamped = Arrival > latest;
        var after = granted > 0 || isClamped
            ? new BudgetCount(DayOf(now), Granted, begin + granted * limit.Step, isClamped ? Epoch + 1 : Epoch) : this;
        grant = GrantOfRate(limit, granted, after.Epoch, begin + granted * limit.Step, now);
        return after;
    }

    /// <summary>The answer about a daily limit.</summary>
    public static BudgetGrant GrantOfDay(long granted, BudgetSeries series, long left, long now)
    {
        var end = (series.Day + 1) * MicrosecondsPerDay;
        return new BudgetGrant(granted, series, left, TimeSpan.FromMicroseconds(end - now), Time(end));
    }

    /// <summary>The answer about a rate.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="granted">The taken units.</param>
    /// <param name="epoch">The epoch of the count.</param>
    /// <param name="arrival">The theoretical arrival time afterwards.</param>
    /// <param name="now">The time of the storage, in microseconds since 1970.</param>
    public static BudgetGrant GrantOfRate(BudgetLimit limit, long granted, long epoch, long arrival, long now)
    {
        var room = now * NanosecondsPerMicrosecond + limit.Most * limit.Step - arrival;
        // Rounded up: a client that comes back at this time finds a unit.
        var wait = room >= limit.Step ? 0 : (limit.Step - room + NanosecondsPerMicrosecond - 1) / NanosecondsPerMicrosecond;
        return new BudgetGrant(
            granted, new BudgetSeries(0, epoch), Math.Max(room / limit.Step, 0), TimeSpan.FromMicroseconds(wait), Time(now + wait));
    }

    /// <summary>The answer about a recipient.</summary>
    public static ContactGrant GrantOfContact(bool isKnown, bool isGranted, int day, long now)
    {
        var end = (day + 1) * MicrosecondsPerDay;
        return new ContactGrant(isKnown, isGranted, TimeSpan.FromMicroseconds(end - now), Time(end));
    }

    private static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
