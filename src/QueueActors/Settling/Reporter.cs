using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Makes a single report of all notes from the parts of a message for its sender. Several nodes may try at the same time: the spool
/// accepts the report only together with its notes, so exactly one node succeeds.
/// </summary>
internal sealed class Reporter(IReportStore reports, MessageSubmission submission, Notifier notifier, TimeProvider time, ILogger logger)
    : IDisposable
{
    /// <summary>
    /// Concurrent reports on the whole node: each report holds the returned content three times until the commit.
    /// </summary>
    public const int MaxReports = 32;

    // Damaged notes are found again and again, but logged once.
    private const int MaxDamaged = 1000;

    // Notes that arrive during a report begin another report.
    private const int MaxRounds = 3;

    private readonly SemaphoreSlim _slots = new(MaxReports);
    private readonly ConcurrentDictionary<MessageId, byte> _damaged = new();

    public void Dispose() => _slots.Dispose();

    /// <summary>Reports the notes about a message. Notes that cannot be reported now stay, and the sweeper finds them.</summary>
    /// <exception cref="OperationCanceledException">The caller stops.</exception>
    public async Task ReportAsync(MessageId message, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            for (var round = 0; round < MaxRounds; round++)
                if (await TryReportAsync(message, cancellationToken)) return;
        }
        catch (SpoolUnavailableException e)
        {
            logger.ReportFailed(message, e.Message);
        }
        catch (SigningUnavailableException)
        {
            // The signer logs it, and the sweeper tries again every few seconds.
        }
        catch (CorruptPartException e)
        {
            if (IsNew(message)) logger.ReportCorrupt(e, message);
        }
#pragma warning disable CA1031 // An internal error over one message must not stop the reports of the others. The sweeper repeats it.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (IsNew(message)) logger.ReportBroken(e, message);
        }
        finally
        {
            _slots.Release();
        }
    }

    private bool IsNew(MessageId message) => _damaged.Count < MaxDamaged && _damaged.TryAdd(message, 0);

    // False if another node has reported some of the notes meanwhile: the remaining notes must be read again.
    private async Task<bool> TryReportAsync(MessageId message, CancellationToken cancellationToken)
    {
        if (await reports.ReadPendingAsync(message, DsnBuilder.MaxHead, cancellationToken) is not { } pending) return true;
        if (notifier.WantsAll(pending))
        {
            if (await reports.ReadPendingAsync(message, (int)pending.Envelope.Size, cancellationToken) is not { } whole) return true;
            pending = whole;
        }

        var draft = notifier.Notify(pending, time.GetUtcNow(), time.GetWallTime());
        if (!await reports.CompleteAsync(message, pending.Rows, draft?.Message, cancellationToken)) return false;
        if (draft is null)
        {
            foreach (var outcome in pending.Notes.SelectMany(note => note.Outcomes))
                logger.BounceDropped(message, pending.Notes[0].Queue, outcome.Reply.ToString());
            QueueMetrics.NotificationDropped();
            return true;
        }

        Offer(draft, message);
        logger.Reported(message, draft.Recipients, pending.Notes.Count, draft.Message.Id);
        return true;
    }

    /// <summary>Hands off a stored report, and logs how many recipients it does not name.</summary>
    public void Offer(NotificationDraft draft, MessageId message)
    {
        var stored = draft.Message;
        submission.HandOff(stored);
        QueueMetrics.NotificationStored();
        if (draft.Unnamed > 0) logger.ReportShortened(message, stored.Id, draft.Recipients - draft.Unnamed, draft.Unnamed);
    }
}
