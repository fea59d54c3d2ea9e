using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Signing;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Settles the reports of queues in the spool, side by side, so that they share its group commits. A report that may need a DSN first reads
/// the head of its part. Each try makes the DSN under a new id; the spool stores it together with the settlement, and so once. If other
/// parts of the message are left, the settlement stores a note instead, and <see cref="Reporter"/> makes one DSN of all notes. Shared by
/// the queues of a node and called by their operations. Thread-safe.
/// </summary>
internal sealed class Settler(
    IPartLedger ledger, IReportStore reports, Notifier notifier, Reporter reporter, IHandOff handOff, TimeProvider time, ILogger logger)
        : ISettler, IDisposable
{
    /// <summary>
    /// The most DSNs that a node makes at the same time: each holds the returned content three times in memory until it is committed.
    /// </summary>
    public const int MaxNotifications = 64;

    // Three addresses of maximum length fit into a field of the log, which is cut at 1,000 characters.
    private const int RecipientsInLine = 3;

    private readonly SemaphoreSlim _slots = new(MaxNotifications);

    /// <summary>Counts failures towards entries of the suppression list; null for none.</summary>
    public FailureCount? Failures { get; init; }

    public async ValueTask<IReadOnlyList<AttemptId>> SettleAsync(
        QueueKey queue, IReadOnlyList<SettlementRequest> requests, CancellationToken cancellationToken)
    {
        var settled = await Task.WhenAll(requests.Select(request => SettleAsync(queue, request, cancellationToken)));
        return [.. requests.Where((_, i) => settled[i]).Select(request => new AttemptId(request.Message, request.Attempt))];
    }

    public void Dispose() => _slots.Dispose();

    // An error of one report must not keep the others from being settled and confirmed.
    private async Task<bool> SettleAsync(QueueKey queue, SettlementRequest report, CancellationToken cancellationToken)
    {
        var part = new PartId(report.Message, queue);
        try
        {
            if (report.Move is { } move) return await MoveAsync(part, report, move, cancellationToken);
            if (report.Reported.Count > 0) return await SettleWithReportAsync(part, report, cancellationToken);
            var result = await ledger.SettleAsync(SettlementOf(part, report), cancellationToken);
            // A new owner of the queue repeats settlements whose confirmation the previous owner may not have received: logged once.
            if (result.Applied) logger.Settled(report.Message, queue, report.IsFinal, 0, "");
            if (result.IsReportDue) await reporter.ReportAsync(report.Message, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is SpoolUnavailableException or SuppressionUnavailableException)
        {
            logger.SettleFailed(report.Message, queue, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The queue stops; its next owner repeats the settlement.
            return false;
        }
#pragma warning disable CA1031 // A bug that concerns one message must not stop the settling of the others. The queue repeats the report.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.SettleBroken(e, report.Message, queue);
            return false;
        }
    }

    private async Task<bool> MoveAsync(
        PartId part, SettlementRequest report, RequestedMove move, CancellationToken cancellationToken)
    {
        var to = part.Queue.InStream(move.Stream);
        var result = await ledger.SettleAsync(SettlementOf(part, report) with { Move = new PartMove(to, move.State) }, cancellationToken);
        if (!result.Applied) return true;
        logger.Moved(report.Message, part.Queue, to, move.State.Action);
        handOff.Offer([new PendingPart(to, move.Part) { IsMoved = true }]);
        return true;
    }

    private async Task<bool> SettleWithReportAsync(PartId part, SettlementRequest report, CancellationToken cancellationToken)
    {
        var isReportDue = false;
        await _slots.WaitAsync(cancellationToken);
        try
        {
            // A missing part was settled before, with its DSN.
            if (await reports.ReadHeadAsync(part, DsnBuilder.MaxHead, cancellationToken) is not { } spooled) return true;
            // Before the settlement, which is repeated until it is confirmed: no failure is missed.
            if (Failures is { IsOn: true }) await Failures.AddAsync(spooled, report, cancellationToken);
            var note = notifier.Note(report, spooled, time.GetUtcNow());
            if (note is null && report.Cause == ReportCause.Delayed)
            {
                // Without a report a delay changes nothing but the history.
                if (report.Outcomes is { } delayed) await ledger.RecordAsync(part, report.Attempt, delayed, cancellationToken);
                return true;
            }

            if (note is null || spooled.IsAlone)
            {
                await SettleAloneAsync(spooled, report, note, cancellationToken);
                return true;
            }

            var result = await ledger.SettleAsync(SettlementOf(part, report) with { Note = note }, cancellationToken);
            if (result.Applied)
            {
                LogNoted(part, report);
                LogFailures(spooled, report);
            }

            isReportDue = result.IsReportDue;
        }
        catch (CorruptPartException e)
        {
            return await SetAsideAsync(part, e, cancellationToken);
        }
        finally
        {
            _slots.Release();
        }

        if (isReportDue) await reporter.ReportAsync(part.Message, cancellationToken);
        return true;
    }

    // For a message without other parts and notes, or a settlement without a report: the settling transaction stores the DSN, if any.
    private async Task SettleAloneAsync(
        SpooledPart spooled, SettlementRequest report, NotedReport? note, CancellationToken cancellationToken)
    {
        NotificationDraft? draft = null;
        if (note is not null)
        {
            if (notifier.WantsAll(Pending(spooled, note))
                && await reports.ReadHeadAsync(spooled.Id, (int)spooled.Message.Size, cancellationToken) is { } whole)
                spooled = whole;
            try
            {
                draft = notifier.Notify(Pending(spooled, note), time.GetUtcNow(), time.GetWallTime());
                note = null;
            }
            catch (SigningUnavailableException e)
            {
                // The sweeper makes the DSN of the note once the key is there. The settlement does not wait, so the queue goes on.
                logger.ReportFailed(spooled.Id.Message, e.Message);
            }
        }

        var result = await ledger.SettleAsync(
            SettlementOf(spooled.Id, report) with { Notification = draft?.Message, Note = note }, cancellationToken);
        if (result.Applied)
        {
            if (note is null) OfferAndLog(spooled, report, draft);
            else LogNoted(spooled.Id, report);
            LogFailures(spooled, report);
        }

        if (result.IsReportDue && note is null) await reporter.ReportAsync(spooled.Id.Message, cancellationToken);
    }

    private static Settlement SettlementOf(PartId part, SettlementRequest report) =>
        new(part, report.Attempt, report.IsFinal, null) { Outcomes = report.Outcomes };

    private static PendingReport Pending(SpooledPart spooled, NotedReport note) =>
        new(spooled.Id.Message, spooled.AcceptedAt, spooled.Message, spooled.Content, [note], []);

    private static List<RecipientOutcome> FailuresOf(SettlementRequest report) =>
        [.. report.Reported.Where(outcome => outcome.Disposition == Disposition.Failed)];

    private void LogNoted(PartId part, SettlementRequest report) =>
        logger.Settled(part.Message, part.Queue, report.IsFinal, FailuresOf(report).Sum(failure => failure.Recipients.Count), "");

    // Failures without a remote host (from a route, or at the end of the lifetime) appear with their recipients in no log line of an
    // attempt.
    private void LogFailures(SpooledPart spooled, SettlementRequest report)
    {
        foreach (var failure in FailuresOf(report).Where(failure => failure.RemoteHost.Length == 0))
        {
            foreach (var recipients in failure.Recipients.Indexes().Where(index => index < spooled.Part.Recipients.Count)
                .Chunk(RecipientsInLine))
                logger.Failed(spooled.Id.Message, spooled.Id.Queue, string
                    .Join(',', recipients.Select(index => spooled.Part.Recipients[index].Address)), failure.Reply.ToString());
        }
    }

    private void OfferAndLog(SpooledPart spooled, SettlementRequest report, NotificationDraft? stored)
    {
        var part = spooled.Id;
        var failures = FailuresOf(report);
        if (stored is not null)
        {
            reporter.Offer(stored, part.Message);
        }
        else if (failures.Count > 0)
        {
            var isUnwanted = spooled.Message.ReversePath is not null
                && failures.Any(failure => failure.Recipients.Indexes().Any(index => index < spooled.Part.Recipients.Count));
            foreach (var failure in failures)
            {
                if (isUnwanted) logger.BounceNotWanted(part.Message, part.Queue, failure.Reply.ToString());
                else logger.BounceDropped(part.Message, part.Queue, failure.Reply.ToString());
            }

            QueueMetrics.NotificationDropped();
        }

        logger.Settled(part.Message, part.Queue, report.IsFinal, failures.Sum(failure => failure.Recipients.Count), stored?.Message.Id
            .ToString() ?? "");
    }

    // No DSN can be made, and the row is kept, since a person may still repair it. The mark keeps the sweeper from offering the part to its
    // queue again, which would send it again to settled recipients. The queue continues without the part.
    private async Task<bool> SetAsideAsync(PartId part, CorruptPartException cause, CancellationToken cancellationToken)
    {
        await ledger.MarkHandedOffAsync([new PartMark(part, PartMark.AnyMoves)], cancellationToken);
        logger.PartCorrupt(cause, part.Message, part.Queue);
        QueueMetrics.PartCorrupt();
        return true;
    }
}
