namespace Postfleet.Core.Greylisting;

/// <summary>How greylisting knows a triplet.</summary>
public enum GreylistState
{
    /// <summary>It was never seen, or too long ago: its time begins.</summary>
    New = 0,

    /// <summary>It was seen, and has come back too early.</summary>
    Early = 1,

    /// <summary>It has come back in its time, and is known from now on.</summary>
    Proved = 2,

    /// <summary>It was known before.</summary>
    Known = 3,

    /// <summary>Its network is known for all mail of the sender domain.</summary>
    KnownSender = 4,
}

/// <summary>The answer about a triplet.</summary>
/// <param name="State">How it is known.</param>
/// <param name="Wait">How long until it may come back; zero where it may pass.</param>
public readonly record struct GreylistMeeting(GreylistState State, TimeSpan Wait);

/// <summary>
/// A stored row of a triplet, or of a network with a sender domain, and the rules by which it changes. SQLite runs them as they are;
/// PostgreSQL runs the same rules as a statement, and a test compares both. Pure. Times are in microseconds since 1970.
/// </summary>
/// <param name="First">When it was seen first.</param>
/// <param name="Last">When it was seen last, to the day for known ones.</param>
/// <param name="Passes">0 for a triplet that has not come back in its time; how many triplets of a sender have.</param>
public readonly record struct GreylistRow(long First, long Last, long Passes)
{
    private const long Day = 24 * 3_600_000_000L;

    /// <summary>
    /// How often the last time of a known row is written, so that usual mail writes nothing: once a day, and four times in the life of a
    /// row at least.
    /// </summary>
    public static long RefreshAfter(GreylistRules rules) => Math.Min(Day, Microseconds(rules.Life) / 4);

    /// <summary>Whether a row has no effect any more.</summary>
    public bool IsOver(GreylistRules rules, long now) =>
        Passes == 0 ? now - First >= Microseconds(rules.Window) : now - Last >= Microseconds(rules.Life);

    /// <summary>Judges a triplet.</summary>
    /// <param name="triplet">Its row; null for none.</param>
    /// <param name="sender">The row of its network and sender domain; null for none.</param>
    /// <param name="rules">The times.</param>
    /// <param name="now">The time of the storage.</param>
    public static GreylistMeeting Meet(GreylistRow? triplet, GreylistRow? sender, GreylistRules rules, long now)
    {
        if (rules.Proofs > 0 && sender is { } proved && proved.Passes >= rules.Proofs && !proved.IsOver(rules, now))
            return new GreylistMeeting(GreylistState.KnownSender, TimeSpan.Zero);
        if (triplet is not { } row || row.IsOver(rules, now)) return new GreylistMeeting(GreylistState.New, rules.Delay);
        if (row.Passes > 0) return new GreylistMeeting(GreylistState.Known, TimeSpan.Zero);
        // A clock that was set back must not lengthen the wait.
        var wait = Math.Min(row.First + Microseconds(rules.Delay) - now, Microseconds(rules.Delay));
        return wait > 0 ? new GreylistMeeting(GreylistState.Early, TimeSpan.FromMicroseconds(wait))
            : new GreylistMeeting(GreylistState.Proved, TimeSpan.Zero);
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
