using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>Makes a single report of the notes of a message's parts, as <c>Reporter</c> does.</summary>
internal static class ReportShell
{
    public static void Report(World world, Node node, MessageId message, Action end) =>
        world.Storage.Call(node, () => world.Storage.Spool.Pending(message), pending =>
        {
            if (pending is not { } found)
            {
                end();
                return;
            }

            var report = new Letter(world.NextId(), node.Now, null, [(found.Letter.Sender!.Value, 1)])
            {
                About = [.. found.Notes.Select(note => (note.Part, note.Attempt))],
            };
            world.Storage.Call(node, () => world.Storage.Spool.Complete(message, found.Notes, report), isDone =>
            {
                if (isDone) HandOff(world, node, report);
                end();
            }, end);
        }, end);

    /// <summary>Hands a stored report off.</summary>
    public static void HandOff(World world, Node node, Letter report)
    {
        world.Trace?.Add(report.Id, $"is stored as a report, and handed off by {node}");
        node.HandOff.Offer(new PendingPart(report.Parts[0].Queue, new QueuedPart(report.Id, 1, report.AcceptedAt)));
    }
}
