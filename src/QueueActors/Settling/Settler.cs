using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.State;
using Postfleet.Spool;

namespace Postfleet.QueueActors.Settling;

/// <summary>Settles reports in the spool. Those without failures share its group commits; those with failures read what a DSN needs first.</summary>
internal sealed class Settler(ISpool spool, IHandOff handOff, DsnBuilder notifications, TimeProvider time, ILogger logger) : ISettler, IDisposable
{
    /// <summary>DSNs that are made at a time, over the whole node: each holds a header in memory.</summary>
    private const int MaxNotifications = 16;

    private readonly SemaphoreSlim _slots = new(MaxNotifications);

    public async ValueTask<IReadOnlyList<AttemptId>> SettleAsync(
        QueueKey queue, IReadOnlyList<SettleReport> reports, CancellationToken cancellationToken)
    {
        var settled = await Task.WhenAll(reports.Select(report => SettleAsync(queue, report, cancellationToken)));
        return [.. reports.Where((_, i) => settled[i]).Select(report => new AttemptId(report.Message, report.Attempt))];
    }

    public void Dispose() => _slots.Dispose();

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
        catch (CorruptPartException e)
        {
            // Nobody can be told, and no row is deleted that a person may still mend: it is set aside, and the queue goes on.
            logger.PartCorrupt(e, report.Message, queue);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One report that cannot be settled must not hold up the others of its batch for ever.
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
            var now = time.GetUtcNow();
            var notification = spooled.Message.ReversePath is { } sender ? Notify(report, spooled, sender, now) : null;
            var result = await spool.SettleAsync(new Settlement(part, report.Attempt, report.IsFinal, notification), cancellationToken);
            if (!result.Applied) return true;
            if (notification is null) foreach (var failure in report.Failures) logger.BounceDropped(report.Message, part.Queue, failure.Reply.ToString());
            if (result.NotificationStored && notification is not null)
                handOff.Offer([new HandOffPart(new PartId(notification.Id, notification.Parts[0].Queue), 1, notification.AcceptedAt)]);
            logger.Settled(report.Message, part.Queue, report.IsFinal, report.Failures.Sum(failure => failure.Recipients.Count),
                notification?.Id.ToString() ?? "");
            return true;
        }
        finally
        {
            _slots.Release();
        }
    }

    private NewMessage Notify(SettleReport report, SpooledPart spooled, Mailbox sender, DateTimeOffset now)
    {
        var failed = report.Failures.SelectMany(failure => failure.Recipients.Indexes()
            .Where(index => index < spooled.Part.Recipients.Count)
            .Select(index => new FailedRecipient(spooled.Part.Recipients[index], failure.Reply, failure.RemoteHost)));
        var content = notifications.Build(
            new FailureReport(report.Message, sender, spooled.AcceptedAt, now, report.IsExpired, [.. failed], spooled.Content));
        var envelope = new MessageEnvelope { ReversePath = null, Size = content.Length };
        return new NewMessage(MessageId.New(now), now, envelope, content, [new NewPart(QueueKey.For(sender.Domain), new PartEnvelope([sender]))]);
    }
}
