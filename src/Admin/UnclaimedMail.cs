using Postfleet.Spool;

namespace Postfleet.Admin;

/// <summary>
/// Counts the accepted mail of which no queue has said in the spool that it owns it: while no queue node lives, no other number shows this
/// mail. Called by requests, on their threads.
/// </summary>
/// <remarks>A queue says so ten seconds after it took a message, so that mail that is delivered at once costs nothing: younger mail may
/// count in a queue, too.</remarks>
internal sealed class UnclaimedMail(ISpool spool, TimeProvider time)
{
    /// <summary>More are not counted, so that an answer costs the database some milliseconds at most.</summary>
    public const int MaxCounted = 10_000;

    // Other nodes' clocks may be ahead of this one's.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    /// <summary>Counts.</summary>
    /// <returns>Null when the storage fails or does not answer within <see cref="ClusterReports.Limit"/>.</returns>
    public async Task<UnclaimedView?> CountAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ClusterReports.Limit);
        try
        {
            var parts = await spool.FindUnclaimedAsync(time.GetUtcNow() + Ahead, null, MaxCounted + 1, limit.Token);
            var counted = parts.Take(MaxCounted);
            return new UnclaimedView(
                Math.Min(parts.Count, MaxCounted), counted.Sum(part => (long)part.Recipients), parts.Count == 0 ? null
                    : parts.Min(part => part.AcceptedAt), parts.Count <= MaxCounted);
        }
        catch (SpoolUnavailableException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
