using Postfleet.Core.Units;
namespace Postfleet.QueueActors.State;

/// <summary>The retry policy of a queue.</summary>
/// <param name="FirstRetry">The pause after the first try.</param>
/// <param name="MaxRetry">The longest pause.</param>
/// <param name="Lifetime">How long a message is tried.</param>
internal sealed record QueuePolicy(TimeSpan FirstRetry, TimeSpan MaxRetry, TimeSpan Lifetime)
{
    /// <summary>The age at which senders are warned of a delay; zero for never.</summary>
    public TimeSpan DelayWarning { get; init; }
}

/// <summary>
/// The pauses between attempts: doubling from the first to the longest. With the jitter, messages deferred together do not return together.
/// Pure.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>
    /// A pause is up to this fraction longer; a pause beyond the longest is up to this fraction shorter, but never below the first.
    /// </summary>
    public const double Jitter = 0.1;

    /// <summary>The pause after a number of tries.</summary>
    /// <param name="policy">The first and the longest pause.</param>
    /// <param name="tries">The number of tries so far, 1 and up.</param>
    /// <param name="random">A number from 0 to 1; 0 gives the pause without jitter.</param>
    public static TimeSpan Delay(QueuePolicy policy, int tries, double random)
    {
        var (first, max) = (policy.FirstRetry.TotalSeconds, policy.MaxRetry.TotalSeconds);
        var seconds = ExponentialPause.After(Math.Max(tries, 1), first, max);
        // A greylisting host counts from the first try, and an attempt a second too early would cost the doubled pause. So the first pause
        // is a minimum.
        if (seconds < max) return TimeSpan.FromSeconds(Math.Min(seconds * (1 + Jitter * random), max));
        return TimeSpan.FromSeconds(max * (1 - Jitter) >= first ? max * (1 - Jitter * random) : max * (1 + Jitter * random));
    }
}
