using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>
/// Asynchronous operations of a queue on the spool, the routes and the settler. Each task completes with a command to the queue, which
/// reports the result. It never throws.
/// </summary>
internal sealed class QueueOperations(QueueKey queue, QueueServices services, CancellationToken stopped)
{
    private static readonly SmtpReply RouteFailed = new(451, new EnhancedStatus(4, 3, 0), "the route could not be resolved");

    public QueueKey Queue => queue;

    public QueueServices Services => services;

    public async Task<QueueCommand> CheckAsync(QueueEffect.CheckParts check)
    {
        try
        {
            var existing = await services.Ledger.FindExistingAsync(queue, [.. check.Parts.Select(part => part.Message)], stopped);
            return new QueueCommand.PartsChecked(check.Parts, existing, check.ReplyTo);
        }
        catch (Exception e)
        {
            Report(e, "check");
            return new QueueCommand.CheckFailed(check.Parts);
        }
    }

    public async Task<QueueCommand> ResolveAsync()
    {
        try
        {
            return new QueueCommand.RouteResolved(await services.Routes.ResolveAsync(queue, stopped));
        }
        catch (Exception e)
        {
            Report(e, "route");
            return new QueueCommand.RouteResolved(new RouteDecision.Defer(RouteFailed));
        }
    }

    public async Task<QueueCommand> SettleAsync(IReadOnlyList<SettlementRequest> reports)
    {
        try
        {
            var confirmed = await services.Settler.SettleAsync(queue, reports, stopped);
            return new QueueCommand.Settled(confirmed, confirmed.Count == reports.Count);
        }
        catch (Exception e)
        {
            Report(e, "settle");
            return new QueueCommand.Settled([], false);
        }
    }

    /// <summary>
    /// Records outcomes of an event that settles nothing. The record is lost if the storage fails: the queue waits for settlements alone.
    /// If the process ends before the commit, the next owner records the outcomes again (<see cref="ReplayedRecords"/>).
    /// </summary>
    public async Task RecordAsync(QueueEffect.Record record)
    {
        try
        {
            var part = new PartId(record.Attempt.Message, queue);
            await services.Ledger.RecordAsync(part, record.Attempt.Attempt, record.Outcomes, stopped);
        }
        catch (Exception e)
        {
            Report(e, $"record of {record.Attempt.Message}");
        }
    }

    /// <summary>Records an action for its messages, side by side, so that they share the spool's group commits.</summary>
    public async Task<QueueCommand> RecordAsync(QueueEffect.RecordAction action)
    {
        await Task.WhenAll(action.Records.Select(RecordAsync));
        return new QueueCommand.ActionRecorded();
    }

    public async Task<QueueCommand> MarkAsync(IReadOnlyList<QueueMark> marks)
    {
        try
        {
            await services.Ledger.MarkHandedOffAsync(
                [.. marks.Select(mark => new PartMark(new PartId(mark.Message, queue), mark.Moves))], stopped);
            return new QueueCommand.Marked(marks, true);
        }
        catch (Exception e)
        {
            Report(e, "mark");
            return new QueueCommand.Marked(marks, false);
        }
    }

    /// <summary>Asks the spool to offer the queue's parts again.</summary>
    /// <returns>Whether the spool has done so.</returns>
    public async Task<bool> ReofferAsync()
    {
        try
        {
            services.Logger.Mended(queue, await services.Ledger.ReofferAsync(queue, stopped));
            return true;
        }
        catch (Exception e)
        {
            Report(e, "reoffer");
            return false;
        }
    }

    // Handles all failed operations: the failure is logged unless the queue is stopping, and the machine repeats the operation.
    private void Report(Exception e, string operation)
    {
        if (!stopped.IsCancellationRequested) services.Logger.OperationFailed(e, queue, operation);
    }
}
