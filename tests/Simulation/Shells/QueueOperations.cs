using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;
using Postfleet.Spool.Common;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>
/// Operations of a queue at other components, as <c>QueueOperations</c> and <c>Settler</c> are. Each ends in a single command to the queue.
/// </summary>
internal sealed class QueueOperations(World world, QueueShell owner, QueueKey queue)
{
    private SpoolModel Spool => world.Storage.Spool;

    public void Check(QueueEffect.CheckParts check) => Call(
        () => Spool.FindExisting(queue, [.. check.Parts.Select(part => part.Message)]),
        existing => new QueueCommand.PartsChecked(check.Parts, existing, check.ReplyTo),
        () => new QueueCommand.CheckFailed(check.Parts));

    public void Mark(IReadOnlyList<QueueMark> marks) => Call(
        () => owner.IsLost || Spool.Mark([.. marks.Select(mark => new PartMark(new PartId(mark.Message, queue), mark.Moves))]),
        _ => new QueueCommand.Marked(marks, true),
        () => new QueueCommand.Marked(marks, false));

    public void Resolve() => owner.Node.After(world.Routes.Time(), () => Tell(new QueueCommand.RouteResolved(world.Routes.Resolve(queue))));

    /// <summary>Has the spool offer the queue's mail again.</summary>
    public void Reoffer()
    {
        if (world.Breaks(BrokenRule.MendedWithoutReoffer)) owner.Receive(QueueInput.Reoffered(true), owner);
        else world.Storage.Call(owner.Node, () => Spool.Reoffer(queue), _ => Say(true), () => Say(false));

        void Say(bool isDone) => owner.Receive(QueueInput.Reoffered(isDone), owner);
    }

    /// <summary>All reports at once; the command says which were done.</summary>
    public void Settle(IReadOnlyList<SettlementRequest> reports)
    {
        var (left, confirmed) = (reports.Count, new List<AttemptId>());
        foreach (var report in reports)
        {
            Settle(report, isDone =>
            {
                if (isDone) confirmed.Add(new AttemptId(report.Message, report.Attempt));
                if (--left == 0) Tell(new QueueCommand.Settled(confirmed, confirmed.Count == reports.Count));
            });
        }
    }

    private void Settle(SettlementRequest report, Action<bool> end)
    {
        var part = new PartId(report.Message, queue);
        if (report.Move is { } move)
        {
            world.Storage.Call(owner.Node, () => Spool.Settle(part, report, null), result =>
            {
                var offer =
                    new PendingPart(queue.InStream(move.Stream), move.Part) { IsMoved = !world.Breaks(BrokenRule.MovedPartLooksNew) };
                if (result.Applied) owner.Node.HandOff.Offer(offer);
                end(true);
            }, () => end(false));
            return;
        }

        if (report.Reported.Count == 0)
        {
            world.Storage.Call(owner.Node, () => Spool.Settle(part, report, null), End, () => end(false));
            return;
        }

        world.Storage.Call(owner.Node, () => Spool.Head(part), head =>
        {
            // A missing part was settled before, with its report.
            if (head is not { } found)
            {
                end(true);
                return;
            }

            var notification = Notify(found.Letter, report);
            if (notification is not null && !found.IsAlone)
            {
                world.Storage.Call(owner.Node, () => Spool.Settle(part, report, null, owner.Node.Now), End, () => end(false));
                return;
            }

            if (notification is not null && world.Breaks(BrokenRule.ReportStoredBeforeSettling))
            {
                world.Storage.Call(owner.Node, () => Spool.Store(notification), _ =>
                    world.Storage.Call(owner.Node, () => Spool.Settle(part, report, null), _ => Told(notification), () => end(false)),
                    () => end(false));
                return;
            }

            if (notification is not null && world.Breaks(BrokenRule.ReportStoredAfterDeletion))
            {
                world.Storage.Call(owner.Node, () => Spool.Settle(part, report, null), _ =>
                    world.Storage.Call(owner.Node, () => Spool.Store(notification), _ => Told(notification), () => end(false)),
                    () => end(false));
                return;
            }

            world.Storage.Call(owner.Node, () => Spool.Settle(part, report, notification), result =>
            {
                if (result.Applied && notification is not null) ReportShell.HandOff(world, owner.Node, notification);
                End(result);
            }, () => end(false));
        }, () => end(false));

        void Told(Letter notification)
        {
            ReportShell.HandOff(world, owner.Node, notification);
            end(true);
        }

        void End(SettlementResult result)
        {
            if (result.IsReportDue) ReportShell.Report(world, owner.Node, part.Message, () => end(true));
            else end(true);
        }
    }

    private Letter? Notify(Letter letter, SettlementRequest report) => letter.Sender is { } sender
        ? new Letter(world.NextId(), owner.Node.Now, null, [(sender, 1)]) { About = [(new PartId(letter.Id, queue), report.Attempt)] }
        : null;

    private void Call<T>(Func<T> transaction, Func<T, QueueCommand> done, Func<QueueCommand> failed) =>
        world.Storage.Call(owner.Node, transaction, result => Tell(done(result)), () => Tell(failed()));

    private void Tell(QueueCommand command) => owner.Receive(command, owner);
}
