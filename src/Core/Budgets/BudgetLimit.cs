using Postfleet.Core.Units;

namespace Postfleet.Core.Budgets;

/// <summary>How a limit counts.</summary>
public enum BudgetKind
{
    /// <summary>
    /// A token bucket: as many at once as the rate counts, and then evenly at the rate (the generic cell rate algorithm, GCRA).
    /// </summary>
    Rate = 1,

    /// <summary>A number in each day of UTC.</summary>
    Daily = 2,
}

/// <summary>A limit that holds over the whole cluster. Immutable.</summary>
/// <param name="Name">The name, for example <c>user/shop@example.org/maxRecipients</c>; one row in the storage.</param>
/// <param name="Kind">How the limit counts.</param>
/// <param name="Value">The most in a time; of a daily limit, in a day.</param>
public sealed record BudgetLimit(string Name, BudgetKind Kind, Rate Value)
{
    /// <summary>The most units in a block that a node takes ahead.</summary>
    public const int MaxBlock = 100;

    /// <summary>
    /// Names of rates of strangers begin with this text. Strangers make them, so the rows of full buckets are deleted, which changes
    /// nothing.
    /// </summary>
    public const string InboundPrefix = "inbound/";

    /// <summary>Behind all names with <see cref="InboundPrefix"/>, in the order of octets.</summary>
    public const string InboundEnd = "inbound0";

    // A node takes as much of a rate ahead as flows in this time.
    private static readonly TimeSpan BlockTime = TimeSpan.FromMilliseconds(100);

    /// <summary>The most units: of the day, or of an untouched token bucket.</summary>
    public long Most => Value.Count;

    /// <summary>The nanoseconds in which a rate allows one unit, rounded up; 0 for a daily limit.</summary>
    public long Step => Kind == BudgetKind.Daily ? 0 : (Value.Period.Ticks * TimeSpan.NanosecondsPerTick + Value.Count - 1) / Value.Count;

    /// <summary>
    /// How many units a node takes ahead: a hundredth of a daily limit, a tenth of a second of a rate; 1 to <see cref="MaxBlock"/>.
    /// </summary>
    public long Block => Math.Clamp(Kind == BudgetKind.Daily ? Most / 100 : Value.In(BlockTime), 1, MaxBlock);
}
