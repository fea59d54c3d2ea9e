using Postfleet.Admin.Api;
using Postfleet.Spool.Common;

namespace Postfleet.Admin;

/// <summary>
/// Counts accepted mail not yet marked by any queue in the spool. While no queue node lives, no other number includes this mail. Requests
/// call it on their threads.
/// </summary>
/// <remarks>
/// A queue marks a message ten seconds after receiving it, so mail delivered at once costs no mark. Younger mail may therefore count here
/// and in a queue.
/// </remarks>
internal sealed class UnclaimedMail(IPartLedger ledger, TimeProvider time)
{
    /// <summary>The largest count, which bounds the cost for the database to some milliseconds.</summary>
    public const int MaxCounted = 10_000;

    // The clocks of other nodes may be ahead.
    private static readonly TimeSpan ClockMargin = TimeSpan.FromDays(1);

    /// <summary>Counts the unclaimed mail.</summary>
    /// <returns>Null when the storage fails or does not answer within <see cref="ClusterStatistics.Limit"/>.</returns>
    public async Task<UnclaimedView?> CountAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ClusterStatistics.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var parts = await ledger.FindUnclaimedAsync(time.GetUtcNow() + ClockMargin, null, MaxCounted + 1, either.Token);
            var counted = parts.Take(MaxCounted);
            return new UnclaimedView(
                Math.Min(parts.Count, MaxCounted), counted.Sum(part => (long)part.Part.Recipients), parts.Count == 0 ? null
                    : parts.Min(part => part.Part.AcceptedAt), parts.Count <= MaxCounted);
        }
        catch (Exception e) when (
            e is SpoolUnavailableException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
