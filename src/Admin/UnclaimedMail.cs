using Postfleet.Admin.Api;
using Postfleet.Admin.Messages;
using Postfleet.Spool.Common;

namespace Postfleet.Admin;

/// <summary>
/// Counts accepted mail not yet marked by any queue in the spool. While no queue node lives, no other number includes this mail. Requests
/// call it on their threads.
/// </summary>
/// <remarks>
/// A queue marks a message ten seconds after receiving it, so mail delivered at once costs no mark. Younger mail is usually in its queue,
/// and does not count here.
/// </remarks>
internal sealed class UnclaimedMail(IPartLedger ledger, TimeProvider time)
{
    /// <summary>The largest count, which bounds the cost for the database to some milliseconds.</summary>
    public const int MaxCounted = 10_000;

    /// <summary>Mail accepted within this time does not count.</summary>
    public static readonly TimeSpan MinAge = TimeSpan.FromSeconds(15);

    /// <summary>Counts the unclaimed mail.</summary>
    /// <param name="filter">The queues of the mail; a destination matches none, since only a queue knows it. Null for all queues.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Null when the storage fails or does not answer within <see cref="ClusterStatistics.Limit"/>.</returns>
    public async Task<UnclaimedView?> CountAsync(QueueFilter? filter, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ClusterStatistics.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A frozen database delays the end of a cancelled query by seconds.
            var parts = await ledger.FindUnclaimedAsync(time.GetUtcNow() - MinAge, null, MaxCounted + 1, either.Token).AsTask()
                .WaitAsync(either.Token);
            var selector = filter?.ToSelector();
            var counted = parts.Take(MaxCounted).Where(part => selector?.Matches(part.Queue, null) ?? true).ToList();
            return new UnclaimedView(
                counted.Count, counted.Sum(part => (long)part.Part.Recipients), counted.Count == 0 ? null
                    : counted.Min(part => part.Part.AcceptedAt), parts.Count <= MaxCounted);
        }
        catch (Exception e) when (
            e is SpoolUnavailableException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
