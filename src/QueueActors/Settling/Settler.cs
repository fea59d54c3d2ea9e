using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.State;
using Postfleet.Spool;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Settles reports in the spool, all at once, so that they share its group commits. Those with failures read what a DSN needs first. A DSN has a fresh
/// id each time it is written; that it is stored once is up to the spool, which takes it only with the report that it belongs to.
/// </summary>
internal sealed class Settler(ISpool spool, IHandOff handOff, DsnBuilder notifications, TimeProvider time, ILogger logger) : ISettler, IDisposable
{
    /// <summary>DSNs that are made at a time, over the whole node: each holds up to <see cref="DsnBuilder.MaxHead"/> twice until it is committed.</summary>
    public const int MaxNotifications = 64;

    private readonly SemaphoreSlim _slots = new(MaxNotifications);

    public async ValueTask<IReadOnlyList<AttemptId>> SettleAsync(
        QueueKey queue, IReadOnlyList<SettleReport> reports, CancellationToken cancellationToken)
    {
        var settled = await Task.WhenAll(reports.Select(report => SettleAsync(queue, report, cancellationToken)));
        return [.. reports.Where((_, i) => settled[i]).Select(report => new AttemptId(report.Message, report.Attempt))];
    }

    public void Dispose() => _slots.Dispose();

    // Whatever happens to one report, the others are settled and said to be.
    private async Task<bool> SettleAsync(QueueKey queue, SettleReport report, CancellationToken cancellationToken)
    {
        var part = new PartId(report.Message, queue);
        try
        {
            if (report.Failures.Count > 0) return await SettleWithFailuresAsync(part, report, cancellationToken);
            await spool.SettleAsync(new Settlement(part, report.Attempt, report.IsFinal, null), cancellationToken);
            logger.Settled(report.Message, queue, report.IsFinal, 0, "");
            return true;
        }
        catch (SpoolUnavailableException e)
        {
            logger.SettleFailed(report.Message, queue, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The queue stops; its next owner asks again.
            return false;
        }
#pragma warning disable CA1031 // A fault of ours over one message must not stop the settling of all others. It is asked again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.SettleBroken(e, report.Message, queue);
            return false;
        }
    }

    private async Task<bool> SettleWithFailuresAsync(PartId part, SettleReport report, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            // A part that is gone was settled before, with its DSN.
            if (await spool.ReadHeadAsync(part, DsnBuilder.MaxHead, cancellationToken) is not { } spooled) return true;
            var notification = Notify(report, spooled);
            var result = await spool.SettleAsync(new Settlement(part, report.Attempt, report.IsFinal, notification), cancellationToken);
            if (result.Applied) Tell(part, report, result.NotificationStored ? notification : null);
            return true;
        }
        catch (CorruptPartException e)
        {
            return await SetAsideAsync(part, e, cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    // Null where there is nobody to tell (RFC 5321 section 4.5.5), or nothing to say.
    private NewMessage? Notify(SettleReport report, SpooledPart spooled)
    {
        if (spooled.Message.ReversePath is not { } sender) return null;
        var failed = report.Failures.SelectMany(failure => failure.Recipients.Indexes()
            .Where(index => index < spooled.Part.Recipients.Count)
            .Select(index => new FailedRecipient(spooled.Part.Recipients[index], failure.Reply, failure.RemoteHost))).ToArray();
        if (failed.Length == 0) return null;
        var now = time.GetUtcNow();
        var id = MessageId.New(now);
        var content = notifications.Build(
            new FailureReport(id, report.Message, sender, spooled.AcceptedAt, now, report.IsExpired, failed, spooled.Content));
        var envelope = new MessageEnvelope { ReversePath = null, Size = content.Length };
        return new NewMessage(id, now, envelope, content, [new NewPart(QueueKey.For(sender.Domain), new PartEnvelope([sender]))]);
    }

    private void Tell(PartId part, SettleReport report, NewMessage? stored)
    {
        if (stored is not null)
        {
            handOff.Offer([new HandOffPart(new PartId(stored.Id, stored.Parts[0].Queue), 1, stored.AcceptedAt)]);
            QueueMetrics.NotificationStored();
        }
        else
        {
            foreach (var failure in report.Failures) logger.BounceDropped(part.Message, part.Queue, failure.Reply.ToString());
            QueueMetrics.NotificationDropped();
        }

        var failures = report.Failures.Sum(failure => failure.Recipients.Count);
        logger.Settled(part.Message, part.Queue, report.IsFinal, failures, stored?.Id.ToString() ?? "");
    }

    // Nobody can be told, and no row is deleted that a person may still mend. The mark keeps the sweeper from giving it to its queue once
    // more, which would send it again to recipients that are settled. Then the queue goes on.
    private async Task<bool> SetAsideAsync(PartId part, CorruptPartException cause, CancellationToken cancellationToken)
    {
        await spool.MarkHandedOffAsync([part], cancellationToken);
        logger.PartCorrupt(cause, part.Message, part.Queue);
        QueueMetrics.PartCorrupt();
        return true;
    }
}
