namespace Postfleet.QueueActors.State;

/// <summary>How long and how often the mail of one queue is tried.</summary>
/// <param name="FirstRetry">Pause after the first try.</param>
/// <param name="MaxRetry">Longest pause.</param>
/// <param name="Lifetime">How long a message is tried.</param>
internal sealed record QueuePolicy(TimeSpan FirstRetry, TimeSpan MaxRetry, TimeSpan Lifetime)
{
    /// <summary>After how long senders are told that their mail is late; zero for never.</summary>
    public TimeSpan DelayWarning { get; init; }
}

/// <summary>
/// The pauses between attempts: exponential, doubling from the first to the longest, with some jitter so that messages deferred together do
/// not come back together.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>
    /// Each pause is up to this part longer; one that would exceed the longest is up to this part shorter, and never below the first.
    /// </summary>
    public const double Jitter = 0.1;

    /// <summary>The pause after so many tries.</summary>
    /// <param name="policy">First and longest pause.</param>
    /// <param name="tries">Tries so far, 1 and up.</param>
    /// <param name="random">0 to 1; 0 gives the pause without jitter.</param>
    public static TimeSpan Delay(QueuePolicy policy, int tries, double random)
    {
        // In double arithmetic throughout; the exponent is bounded because a queue may be tried for years.
        var seconds = policy.FirstRetry.TotalSeconds * Math.Pow(2, Math.Clamp(tries - 1, 0, 60));
        var (first, max) = (policy.FirstRetry.TotalSeconds, policy.MaxRetry.TotalSeconds);
        // A greylisting host counts from the first try: what comes a second before its time waits for the doubled pause. So the first pause
        // is a least.
        if (seconds < max) return TimeSpan.FromSeconds(Math.Min(seconds * (1 + Jitter * random), max));
        return TimeSpan.FromSeconds(max * (1 - Jitter) >= first ? max * (1 - Jitter * random) : max * (1 + Jitter * random));
    }
}
