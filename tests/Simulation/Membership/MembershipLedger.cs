using Postfleet.Cluster.Membership;
using Postfleet.Simulation.Tests.Checks;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>Checks the events of a run of membership.</summary>
internal sealed class MembershipLedger(MembershipWorld world)
{
    /// <summary>
    /// The longest time in which a member that executes and reaches the database does not beat: a beat, and a slow statement. After it
    /// others may take the member for dead only if it was impaired.
    /// </summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(25);

    /// <summary>The longest doubt about an address: another machine's silence, and a late statement.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(32);

    public void Founded(MemberProcess founder)
    {
        foreach (var other in world.Processes.Where(other => other != founder && IsSettled(other)))
            throw Broken("second cluster", $"{founder} founds a cluster while {other} lives in cluster {other.Cluster!.Number}");
    }

    public void Ousted(MemberProcess process)
    {
        if (IsHealthy(process)) throw Broken("ousted", $"{process} has lost its row, although it beats");
    }

    /// <summary>
    /// A member left its cluster because another process with its address joined. A process that was frozen after it had asked to join
    /// does so too late to be stopped: Akka accepts it, and its rule of the address then ends it.
    /// </summary>
    public void Replaced(MemberProcess process, MemberProcess by)
    {
        if (IsSettled(process) && IsHealthy(by))
            throw Broken("replaced", $"{process} was replaced by a process with its address, although it beats");
    }

    public void Refused(MemberProcess process, string reason)
    {
        world.Trace?.Add($"{process} ends: {reason}");
        var isLoopback = ContactAddress.IsLoopback(process.Address);
        var hasReason = world.Machines.Any(machine => machine != process.Machine && (machine.Address == process.Address
            || ContactAddress.IsLoopback(machine.Address) != isLoopback) && machine.Starts > 0);
        if (!hasReason) throw Broken("refused", $"{process} ends without another process at its address: {reason}");
    }

    public void CheckWait(MemberProcess process, TimeSpan startedAt)
    {
        var since = TimeSpan.FromTicks(Math.Max(startedAt.Ticks, Math.Max(process.Machine.ImpairedAt.Ticks, world.RegistryUpAt.Ticks)));
        if (world.Scheduler.Elapsed - since > LongestWait)
            throw Broken("waits", $"{process} does not know after {world.Scheduler.Elapsed - since} whether it may use its address");
    }

    /// <summary>After some minutes without faults.</summary>
    public void CheckEnd()
    {
        var running = world.Machines.Where(machine => !machine.IsRefused).Select(machine => machine.Process!).ToList();
        foreach (var process in running.Where(process => process is not { IsAlive: true, Cluster: not null, EnteredAt: not null }))
            throw Broken("not joined", $"{process} is in no cluster at the end");
        if (running.Select(process => process.Cluster).Distinct().Count() > 1) throw Broken("several clusters", "at the end");
        if (running.GroupBy(process => process.Address).FirstOrDefault(each => each.Count() > 1) is { } twice)
            throw Broken("address", $"{twice.Key} has {twice.Count()} processes at the end");
        if (running.Select(process => ContactAddress.IsLoopback(process.Address)).Distinct().Count() > 1)
            throw Broken("loopback", "a loopback node is in a cluster of several machines at the end");
        if (world.Registry.Read().FirstOrDefault(row => row.Age > SilentRows.Limit + TimeSpan.FromMinutes(5)) is { Address: not null } old)
            throw Broken("old row", $"the row of {old.Address} is {old.Age} old at the end");
    }

    private bool IsSettled(MemberProcess process) =>
        process is { IsRunning: true, Cluster: not null, EnteredAt: { } at } && world.Scheduler.Elapsed - at > Recovery
        && IsHealthy(process);

    // An outage of the database is no excuse: no node can write, and all beat again before anybody is taken for dead.
    private bool IsHealthy(MemberProcess process) => process.IsRunning && !process.Machine.IsCutFromRegistry
        && world.Scheduler.Elapsed - process.Machine.ImpairedAt > Recovery;

    private static PromiseBrokenException Broken(string rule, string what) => new(rule, what);
}
