using Postfleet.Cluster.Membership;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>
/// Processes that found clusters and join them over one registry, with faults for some minutes of virtual time. The seed decides
/// everything.
/// </summary>
internal sealed class MembershipWorld
{
    private static readonly TimeSpan FaultPeriod = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan QuietPeriod = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan LongPeriod = TimeSpan.FromMinutes(80);

    private readonly bool _isLong;
    private long _numbers;
    private int _clusters;

    public MembershipWorld(int seed, BrokenMembershipRule broken, bool isTraced)
    {
        Broken = broken;
        Chance = new Chance(seed, 21);
        Registry = new RegistryModel(Scheduler, broken);
        Ledger = new MembershipLedger(this);
        Trace = isTraced ? new Trace(Scheduler) : null;
        _isLong = Chance.Is(0.2);
        Machines = MachineSettings.Choose(Chance);
    }

    public Scheduler Scheduler { get; } = new();

    public Chance Chance { get; }

    public BrokenMembershipRule Broken { get; }

    public RegistryModel Registry { get; }

    public MembershipLedger Ledger { get; }

    public Trace? Trace { get; }

    public IReadOnlyList<Machine> Machines { get; }

    /// <summary>When the last outage of the database ended.</summary>
    public TimeSpan RegistryUpAt { get; private set; }

    public IEnumerable<MemberProcess> Processes => Machines.Select(machine => machine.Process).OfType<MemberProcess>();

    private bool IsFaultPeriod => Scheduler.Elapsed < FaultPeriod;

    public long NextNumber() => ++_numbers;

    /// <summary>Runs to the end.</summary>
    /// <exception cref="Checks.PromiseBrokenException">A check has failed.</exception>
    public void Run()
    {
        var isTogether = Chance.Is(0.6);
        foreach (var machine in Machines)
            Scheduler.After(isTogether ? Chance.Seconds(0, 0.3) : Chance.Seconds(0, 90), () => Start(machine));
        foreach (var _ in Enumerable.Range(0, Chance.Between(0, 10)))
            Scheduler.After(Chance.Seconds(5, FaultPeriod.TotalSeconds - 60), Fault);
        var end = FaultPeriod + (_isLong ? LongPeriod : TimeSpan.Zero) + QuietPeriod;
        var isOver = false;
        Scheduler.After(end, () => isOver = true);
        while (!isOver) Scheduler.Step();
        Ledger.CheckEnd();
    }

    public bool CanCall(MemberProcess process) => !Registry.IsDown && !process.Machine.IsCutFromRegistry;

    /// <summary>A statement, which takes effect after some time, and whose answer comes after some time.</summary>
    public void Call(MemberProcess process, Action statement, Action answered)
    {
        if (!CanCall(process)) return;
        var isSlow = Chance.Is(0.02);
        var incarnation = process.Incarnation;
        Scheduler.After(isSlow ? Chance.Seconds(0, 2.5) : Chance.Milliseconds(0, 50), () =>
        {
            // The server executes a statement even if its client was killed meanwhile.
            if (Registry.IsDown) return;
            statement();
            process.After(incarnation, Chance.Milliseconds(0, 20), answered);
        });
    }

    /// <summary>A process asks contacts to let it join.</summary>
    public void Ask(MemberProcess process, IReadOnlyList<string> contacts)
    {
        var incarnation = process.Incarnation;
        foreach (var contact in contacts)
        {
            if (Find(process, contact) is not { Cluster: { } cluster }) continue;
            process.After(incarnation, Chance.Seconds(0.3, 4), () =>
            {
                // Akka lets nobody in while a member is lost.
                if (process.Cluster is null && cluster.Members.All(member => member.IsRunning && Reaches(process, member)
                    || member.Address == process.Address)) cluster.Join(process);
            });
            return;
        }
    }

    public void Found(MemberProcess process)
    {
        Trace?.Add($"{process} founds a cluster");
        new ClusterModel(this, ++_clusters).Join(process);
    }

    public static bool IsOldestQueueNode(MemberProcess process) =>
        process.Cluster?.Members.FirstOrDefault(member => member.Machine.IsQueue) == process;

    /// <summary>The supervisor, or a person, starts a process again that has ended by its own decision.</summary>
    public void RefusedAgainLater(Machine machine) => Scheduler.After(Chance.Seconds(5, 60), () =>
    {
        if (IsFaultPeriod && Chance.Is(0.5)) Start(machine);
    });

    private void Start(Machine machine)
    {
        if (machine.Process is { IsAlive: true }) return;
        machine.Starts++;
        machine.IsRefused = false;
        if (machine.HasNewAddresses && machine.Starts > 1) machine.Address = $"10.1.{machine.Number}.{machine.Starts}:4053";
        machine.Process = new MemberProcess(this, machine);
        Trace?.Add($"{machine.Process} starts{(machine.IsOld ? ", an older program" : "")}");
        machine.Process.StartSystem();
    }

    private void Fault()
    {
        var machine = Chance.Of(Machines);
        var time = Chance.Is(0.5) ? Chance.Seconds(0.5, 20) : Chance.Seconds(20, 60);
        switch (Chance.Below(9))
        {
            case 0 or 1 or 2: Kill(machine, Chance.Is(0.5) ? Chance.Seconds(0.1, 3) : time); break;
            case 3: foreach (var each in Machines) Kill(each, Chance.Seconds(0.1, 40)); break;
            case 4 or 5: Freeze(machine, time); break;
            case 6: Cut(machine, time); break;
            case 7: Leave(machine, time); break;
            default: StopRegistry(time); break;
        }
    }

    private void Kill(Machine machine, TimeSpan pause)
    {
        if (machine.Process is not { IsAlive: true } process) return;
        Trace?.Add($"{process} is killed");
        process.Kill();
        LoseLater(process);
        Scheduler.After(pause, () => Start(machine));
    }

    private void Leave(Machine machine, TimeSpan pause)
    {
        if (machine.Process is not { IsRunning: true } process) return;
        Trace?.Add($"{process} leaves");
        process.Leave();
        Scheduler.After(pause, () => Start(machine));
    }

    private void Freeze(Machine machine, TimeSpan time)
    {
        if (machine.Process is not { IsRunning: true } process) return;
        Trace?.Add($"{process} freezes for {time}");
        process.IsFrozen = true;
        LoseLater(process, time);
        Impair(machine, time);
        Scheduler.After(time, () => process.IsFrozen = false);
    }

    private void Cut(Machine machine, TimeSpan time)
    {
        if (machine.Process is not { IsRunning: true } process) return;
        var (isCut, isCutFromRegistry) = Chance.Of([(true, false), (false, true), (true, true)]);
        Trace?.Add($"{process} is cut off for {time}, network {isCut}, registry {isCutFromRegistry}");
        machine.IsCut |= isCut;
        machine.IsCutFromRegistry |= isCutFromRegistry;
        if (isCut) LoseLater(process, time);
        Impair(machine, time);
        Scheduler.After(time, () => machine.IsCut = machine.IsCutFromRegistry = false);
    }

    // For an hour in long runs: afterwards the rows of all living nodes are old.
    private void StopRegistry(TimeSpan time)
    {
        if (Registry.IsDown) return;
        if (_isLong && Chance.Is(0.5)) time += TimeSpan.FromMinutes(61);
        Trace?.Add($"the registry stops for {time}");
        Registry.IsDown = true;
        // A node that has not beaten again since its own fault cannot do so before the end of the outage.
        foreach (var machine in Machines.Where(machine => Scheduler.Elapsed - machine.ImpairedAt <= MembershipLedger.Recovery))
            Impair(machine, time);
        Scheduler.After(time, () => (Registry.IsDown, RegistryUpAt) = (false, Scheduler.Elapsed));
    }

    private void Impair(Machine machine, TimeSpan time)
    {
        machine.ImpairedAt = TimeSpan.FromTicks(Math.Max(machine.ImpairedAt.Ticks, (Scheduler.Elapsed + time).Ticks));
    }

    // The others notice a loss after ten seconds at the earliest.
    private void LoseLater(MemberProcess process, TimeSpan? lasts = null)
    {
        var (cluster, incarnation, noticed) = (process.Cluster, process.Incarnation, Chance.Seconds(11, 25));
        if (noticed < (lasts ?? TimeSpan.MaxValue)) Scheduler.After(noticed, () => cluster?.Lose(process, incarnation));
    }

    // Several processes may have the address; a loopback address belongs to the machine that asks.
    private MemberProcess? Find(MemberProcess from, string address) => Processes
        .Where(process => process.IsRunning && process != from
            && string.Equals(process.Address, address, StringComparison.OrdinalIgnoreCase))
        .OrderBy(process => process.Machine.Number).FirstOrDefault(process => Reaches(from, process));

    private static bool Reaches(MemberProcess from, MemberProcess to) => from.Machine.Host == to.Machine.Host
        || (!from.Machine.IsCut && !to.Machine.IsCut
            && !ContactAddress.IsLoopback(to.Address) && !ContactAddress.IsLoopback(from.Address));
}
