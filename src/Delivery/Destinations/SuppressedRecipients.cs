using Postfleet.Contracts.Suppression;
using Postfleet.Core.Queueing;
using Postfleet.Core.Suppression;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// Looks the open recipients of a part up in the suppression list, before each attempt: an entry may be younger than the message. Mail of
/// strangers, which this site receives for others, is not concerned. Called by the loops of connections.
/// </summary>
internal static class SuppressedRecipients
{
    /// <summary>The outcomes of recipients on the list; empty for none.</summary>
    /// <param name="suppression">The list; null for none.</param>
    /// <param name="part">The part.</param>
    /// <param name="open">The open recipients.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SuppressionUnavailableException">The storage cannot be used.</exception>
    public static ValueTask<IReadOnlyList<RecipientOutcome>> FindAsync(
        ISuppression? suppression, SpooledPart part, RecipientSet open, CancellationToken cancellationToken) =>
        suppression is not { IsOn: true } || part.Message.IsFromUntrustedClient ? new([])
            : LookUpAsync(suppression, part, open, cancellationToken);

    private static async ValueTask<IReadOnlyList<RecipientOutcome>> LookUpAsync(
        ISuppression suppression, SpooledPart part, RecipientSet open, CancellationToken cancellationToken)
    {
        int[] indexes = [.. open.Indexes().Where(index => index < part.Part.Recipients.Count)];
        var found = await suppression.FindAsync(
            new SuppressedMail(part.Id.Queue.Stream, part.Message.Acceptance.User),
            [.. indexes.Select(index => part.Part.Recipients[index])], cancellationToken);
        return
        [
            .. found.GroupBy(each => each.Reason).Select(group => new RecipientOutcome(
                RecipientSet.Of(group.Select(each => indexes[each.Index])), Disposition.Failed, SuppressionReply.For(group.Key), "")),
        ];
    }
}
