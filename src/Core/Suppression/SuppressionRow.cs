namespace Postfleet.Core.Suppression;

/// <summary>A row of the suppression list: an entry, or the failures that have been counted towards one.</summary>
/// <param name="Key">The name.</param>
/// <param name="Reason">Why: a bounce class, or a word of the person or program that made the entry.</param>
/// <param name="Source">Who made the entry, such as <c>api:NAME</c> or <c>rule</c>.</param>
/// <param name="CreatedAt">When the entry was made, or the last failure counted.</param>
/// <param name="ExpiresAt">From when it has no effect; null for never.</param>
public sealed record SuppressionRow(
    SuppressionKey Key, string Reason, string Source, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt)
{
    /// <summary>The most characters of a reason or a source; longer ones are cut.</summary>
    public const int MaxText = 200;

    /// <summary>
    /// The number of the change that made the entry, over all entries in the order of commits; 0 while failures are counted.
    /// </summary>
    public long Change { get; init; }

    /// <summary>How many failures have been counted.</summary>
    public int Hits { get; init; }

    /// <summary>What was counted last: the same failure is counted once, also if it is reported again.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Whether the row is an entry that has an effect.</summary>
    public bool IsActive(DateTimeOffset now) => Change > 0 && !(ExpiresAt <= now);
}

/// <summary>A change of the suppression list.</summary>
/// <param name="Key">The entry.</param>
public abstract record SuppressionWrite(SuppressionKey Key);

/// <summary>Makes or replaces an entry.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Source">The source.</param>
/// <param name="ExpiresAt">From when it has no effect; null for never.</param>
public sealed record SuppressionPut(SuppressionKey Key, string Reason, string Source, DateTimeOffset? ExpiresAt) : SuppressionWrite(Key);

/// <summary>Removes an entry, and what was counted towards it.</summary>
/// <param name="Key">The entry.</param>
public sealed record SuppressionRemoval(SuppressionKey Key) : SuppressionWrite(Key);

/// <summary>Counts a failure, and makes the entry once there are enough. An entry that has an effect stays as it is.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Source">The source.</param>
/// <param name="Origin">What failed, such as the id of the message.</param>
public sealed record SuppressionHit(SuppressionKey Key, string Reason, string Source, string Origin) : SuppressionWrite(Key)
{
    /// <summary>How many failures make an entry.</summary>
    public int Needed { get; init; } = 1;

    /// <summary>The longest time between two failures that are counted together.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long the entry has an effect; null for ever.</summary>
    public TimeSpan? Life { get; init; }
}

/// <summary>The effect of a change.</summary>
public enum SuppressionEffect
{
    /// <summary>Nothing changed.</summary>
    None = 0,

    /// <summary>There is a new entry.</summary>
    Added = 1,

    /// <summary>An entry was replaced.</summary>
    Replaced = 2,

    /// <summary>A failure was counted.</summary>
    Counted = 3,

    /// <summary>An entry was removed.</summary>
    Removed = 4,
}
