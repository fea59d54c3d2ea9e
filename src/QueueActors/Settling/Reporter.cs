using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Makes one report of all that the parts of a message have noted for its sender. Several nodes may try at the same time: the spool takes
/// the report only with the notes that it tells of, so one of them succeeds.
/// </summary>
internal sealed class Reporter(IReportStore reports, MessageSubmission submission, Notifier notifier, TimeProvider time, ILogger logger)
    : IDisposable
{
    /// <summary>
    /// Reports that are made at a time, over the whole node: each holds what it returns three times until it is committed.
    /// </summary>
    public const int MaxReports = 32;

    // What is damaged is found again and again, and told once.
    private const int MaxDamaged = 1000;

    // Notes that come while a report is made begin another one.
    private const int MaxRounds = 3;

    private readonly SemaphoreSlim _slots = new(MaxReports);
    private readonly ConcurrentDictionary<MessageId, byte> _damaged = new();

    public void Dispose() => _slots.Dispose();

    /// <summary>Reports what is noted about a message. What cannot be done now is left, and found by the sweeper.</summary>
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
        catch (CorruptPartException e)
        {
            if (IsNew(message)) logger.ReportCorrupt(e, message);
        }
#pragma warning disable CA1031 // A fault of ours over one message must not stop the reports of all others. It is tried again.
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

    // False where somebody else has told some of it meanwhile, so that the rest has to be read anew.
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

    /// <summary>Hands a report off that is stored, and says what it does not tell.</summary>
    public void Offer(NotificationDraft draft, MessageId message)
    {
        var stored = draft.Message;
        submission.HandOff(stored);
        QueueMetrics.NotificationStored();
        if (draft.Unnamed > 0) logger.ReportShortened(message, stored.Id, draft.Recipients - draft.Unnamed, draft.Unnamed);
    }
}
