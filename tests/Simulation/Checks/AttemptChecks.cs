using Postfleet.Delivery.Destinations.State;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>
/// The conditions of an attempt, checked against the current facts of the world instead of the information of its procedure.
/// </summary>
internal static class AttemptChecks
{
    /// <summary>An attempt begins, at the first host or at a later host.</summary>
    public static void CheckBeginning(Node node, Job job)
    {
        if (!node.Liveness.IsSteady(job.StallMark)) throw Broken(node, job, "begins after a stall");
        if (node.Liveness.IsRecovering) throw Broken(node, job, "begins although its node may have been given up");
        if (!node.Liveness.IsReachable) throw Broken(node, job, "begins without the queue nodes");
    }

    /// <summary>An attempt sends its final dot.</summary>
    public static void CheckFinalDot(Node node, Job job)
    {
        if (!node.Liveness.IsSteady(job.StallMark)) throw Broken(node, job, "is finished after a stall");
        if (!node.Liveness.MayFinish) throw Broken(node, job, "is finished without the queue nodes");
    }

    private static PromiseBrokenException Broken(Node node, Job job, string what) =>
        new("unguarded", $"attempt {job.Attempt} on {node} {what}", job.Part.Message);
}
