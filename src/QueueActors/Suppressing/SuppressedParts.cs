using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Queueing;
using Postfleet.Core.Suppression;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Settling;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Suppressing;

/// <summary>
/// Ends the parts of a new message whose recipients all are on the suppression list: their outcome does not wait for a queue or a
/// destination. A part with other recipients, too, goes to its queue, and so does each part when the storage fails: recipients are looked
/// up again before each attempt. <see cref="MessageSubmission"/> calls it after the commit, on the threads of sessions.
/// </summary>
internal sealed class SuppressedParts(
    ISuppression suppression, Func<ISettler> settler, IPartLedger ledger, TimeProvider time, ILogger logger)
        : ISuppressedParts
{
    // The client waits for its reply meanwhile.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(3);

    // A queue counts attempts from 1: should the sweeper offer the part at the same time, one of both settlements has an effect.
    private const int Attempt = 1;

    /// <inheritdoc/>
    public bool IsOn => suppression.IsOn;

    /// <inheritdoc/>
    public async ValueTask<PendingPart[]> EndAsync(NewMessage message)
    {
        var pending = message.ToPending();
        if (message.Envelope.IsFromUntrustedClient) return pending;
        using var limit = new CancellationTokenSource(TimeLimit, time);
        try
        {
            List<PendingPart> left = [];
            for (var i = 0; i < pending.Length; i++)
                if (!await TryEndAsync(message, message.Parts[i], limit.Token)) left.Add(pending[i]);
            return left.Count == pending.Length ? pending : [.. left];
        }
#pragma warning disable CA1031 // The message is stored: whatever happens, its parts go to their queues, which settle none twice.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.SuppressionDelayed(e, message.Id);
            return pending;
        }
    }

    private async ValueTask<bool> TryEndAsync(NewMessage message, NewPart part, CancellationToken cancellationToken)
    {
        var recipients = part.Envelope.Recipients;
        var found = await suppression.FindAsync(
            new SuppressedMail(part.Queue.Stream, message.Envelope.Acceptance.User), recipients, cancellationToken);
        if (found.Count < recipients.Count) return false;
        RecipientOutcome[] outcomes =
        [
            .. found.GroupBy(each => each.Reason).Select(group => new RecipientOutcome(
                RecipientSet.Of(group.Select(each => each.Index)), Disposition.Failed, SuppressionReply.For(group.Key), "")),
        ];
        var now = time.GetUtcNow();
        var report = new SettlementRequest(message.Id, Attempt, true, message.AcceptedAt, ReportCause.Attempt, outcomes)
        {
            Outcomes = ledger.KeepsOutcomes ? new PartOutcomes(ReportCause.Attempt, now, outcomes) : null,
        };
        if ((await settler().SettleAsync(part.Queue, [report], cancellationToken)).Count == 0) return false;
        QueueMetrics.Suppressed(part.Queue, message.Id, recipients.Count, now);
        return true;
    }
}
