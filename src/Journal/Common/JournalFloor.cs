namespace Postfleet.Journal.Common;

/// <summary>
/// Rules for the floor: the sequence number above which a queue without rows starts. The sweep deletes the last row of an empty queue and
/// with it the queue's highest number, so the floor is kept at or above all deleted numbers. The journal refuses numbers up to the floor
/// from a queue without rows.
/// </summary>
internal static class JournalFloor
{
    /// <summary>
    /// The floor is a multiple of this number. A queue started after the floor was raised is not swept before <see cref="KeepFor"/> has
    /// passed, and its numbers stay below the next multiple unless it writes a million rows. The floor is therefore raised about once in
    /// this period and not for each page of rows.
    /// </summary>
    public const long Step = 1 << 20;

    /// <summary>How long the last row of an empty queue is kept. A queue with daily mail keeps its row.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromHours(24);

    /// <summary>
    /// The largest difference between the clocks of two nodes. It is added to the time before which a queue without rows has settled its
    /// mail.
    /// </summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromHours(1);

    /// <summary>The lowest floor above a number.</summary>
    public static long Above(long number) => (number / Step + 1) * Step;

    /// <summary>The time before which a queue without rows has settled its last message.</summary>
    public static DateTimeOffset LastSettled(DateTimeOffset now) => now - KeepFor + ClockMargin;
}
