namespace Postfleet.Journal.Common;

/// <summary>
/// The number below which no queue begins. The rows of queues that are gone are deleted, so that no row says any more which numbers such a
/// queue has used; the floor is at or above all of them. A queue without rows starts above the floor, and the journal refuses its numbers
/// up to the floor.
/// </summary>
internal static class JournalFloor
{
    /// <summary>
    /// The floor is a multiple of it. A queue that started after the floor was raised cannot be swept before <see cref="KeepFor"/> has
    /// passed, and its numbers stay below the next multiple unless it writes a million rows: so the floor is raised about once in that
    /// time, and not with each page of rows.
    /// </summary>
    public const long Step = 1 << 20;

    /// <summary>How long the last row of an empty queue stays. Queues that get mail each day keep theirs.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromHours(24);

    /// <summary>
    /// How far the clocks of two nodes may differ: what a queue without rows had settled was accepted this much nearer to now, at most.
    /// </summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromHours(1);

    /// <summary>The lowest floor that is above a number.</summary>
    public static long Above(long number) => (number / Step + 1) * Step;

    /// <summary>The time before which a queue that has no rows now has settled its last message.</summary>
    public static DateTimeOffset LastSettled(DateTimeOffset now) => now - KeepFor + ClockMargin;
}
