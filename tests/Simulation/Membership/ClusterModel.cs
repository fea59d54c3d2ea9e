namespace Postfleet.Simulation.Tests.Membership;

/// <summary>A cluster of Akka: its members, and who is removed when. Members are up.</summary>
internal sealed class ClusterModel(MembershipWorld world, int number)
{
    private readonly List<(MemberProcess Process, long Incarnation)> _members = [];

    public int Number => number;

    /// <summary>The members, oldest first.</summary>
    public IEnumerable<MemberProcess> Members => _members.Select(member => member.Process);

    /// <summary>Whether any member executes.</summary>
    public bool IsAlive => _members.Exists(member => member.Process.IsRunning);

    /// <summary>A process joins. Akka removes a member with the same address: it takes the newcomer for its next start.</summary>
    public void Join(MemberProcess process)
    {
        foreach (var (former, incarnation) in _members.Where(member => member.Process.Address == process.Address).ToList())
        {
            Remove(former);
            if (!former.IsAlive || former.Incarnation != incarnation || former == process) continue;
            world.Ledger.Replaced(former, process);
            former.EndSystem();
        }

        _members.Add((process, process.Incarnation));
        process.Up(this);
    }

    public void Remove(MemberProcess process) => _members.RemoveAll(member => member.Process == process);

    /// <summary>A member was lost for so long that the others remove it. A member without others stays.</summary>
    public void Lose(MemberProcess process, long incarnation)
    {
        if (!_members.Contains((process, incarnation))) return;
        if (!_members.Exists(other => other.Process != process && other.Process.IsRunning))
        {
            // Frozen members notice the end of a process when they execute again.
            var hasEnded = !process.IsAlive || process.Incarnation != incarnation;
            if (hasEnded && _members.Exists(other => other.Process != process && other.Process.IsAlive))
                world.Scheduler.After(TimeSpan.FromSeconds(1), () => Lose(process, incarnation));
            return;
        }

        Remove(process);
        if (process.IsAlive && process.Incarnation == incarnation)
        {
            // It notices when it executes again.
            process.After(incarnation, TimeSpan.FromSeconds(world.Chance.Below(8)), () =>
            {
                if (process.Cluster == this) process.EndSystem();
            });
        }
    }
}
