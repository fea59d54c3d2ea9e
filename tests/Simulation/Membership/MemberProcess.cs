using Postfleet.Cluster.Membership;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>
/// A process with its actor systems, one after the other. It replaces ClusterNode, ClusterJoin and ClusterStay; the rules of the product
/// decide.
/// </summary>
internal sealed class MemberProcess(MembershipWorld world, Machine machine)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly NodeProcess _process = new(
        $"instance {world.NextNumber()}", machine.Host, machine.IsQueue ? "queue" : "frontend", "2");
    private readonly TimeSpan _startedAt = world.Scheduler.Elapsed;
    private FoundingRule _founding = null!;
    private AddressRule _address = null!;
    private SilentRows _silent = null!;
    private EntryRule _entry = null!;
    private TimeSpan _systemAt;

    public Machine Machine => machine;

    public string Address { get; } = machine.Address;

    /// <summary>The id of the present actor system.</summary>
    public long Incarnation { get; private set; }

    public bool IsAlive { get; private set; } = true;

    public bool IsFrozen { get; set; }

    /// <summary>Whether the process runs and executes.</summary>
    public bool IsRunning => IsAlive && !IsFrozen;

    /// <summary>The cluster of the present actor system; null outside.</summary>
    public ClusterModel? Cluster { get; private set; }

    /// <summary>When the present actor system wrote its row; null before.</summary>
    public TimeSpan? EnteredAt { get; private set; }

    /// <summary>When the process may use its address; null before.</summary>
    public TimeSpan? AddressFreeAt { get; private set; }

    private NodeEntry Entry => new(Address, Incarnation, _process);

    private TimeSpan Now => world.Scheduler.Elapsed - _systemAt;

    private BrokenMembershipRule Broken => world.Broken;

    public void StartSystem()
    {
        (Incarnation, Cluster, EnteredAt, _systemAt) = (world.NextNumber(), null, null, world.Scheduler.Elapsed);
        (_founding, _address, _silent, _entry) = (
            new FoundingRule(Address, [], machine.IsQueue), new AddressRule(Address, _process), new SilentRows(), new EntryRule(Address));
        TryJoin(Incarnation);
    }

    public void Kill() => IsAlive = false;

    /// <summary>SIGTERM: the row is deleted, and the cluster knows.</summary>
    public void Leave()
    {
        Cluster?.Remove(this);
        world.Call(this, () => world.Registry.Leave(Address, Incarnation), () => { });
        IsAlive = false;
    }

    /// <summary>The cluster has removed this process: it starts a new actor system.</summary>
    public void EndSystem()
    {
        world.Trace?.Add($"{this} ends its actor system {Incarnation}");
        // No contact lets an ended actor system in.
        (Incarnation, Cluster, EnteredAt) = (world.NextNumber(), null, null);
        After(Incarnation, Poll, StartSystem);
    }

    /// <summary>The cluster has accepted this actor system.</summary>
    public void Up(ClusterModel cluster)
    {
        Cluster = cluster;
        world.Trace?.Add($"{this} is up in cluster {cluster.Number} as {Incarnation}");
        Stay(Incarnation);
    }

    /// <summary>Runs a step of an actor system, later if the process is frozen, never if it is gone.</summary>
    public void After(long incarnation, TimeSpan delay, Action step) => world.Scheduler.After(delay, () =>
    {
        if (!IsAlive || Incarnation != incarnation) return;
        if (IsFrozen) After(incarnation, TimeSpan.FromSeconds(0.5), step);
        else step();
    });

    public override string ToString() => $"{machine}.{machine.Starts} {Address}";

    // ClusterJoin.EnterAsync.
    private void TryJoin(long incarnation)
    {
        if (Cluster is not null) return;
        After(incarnation, Poll, () => TryJoin(incarnation));
        Read(incarnation, rows =>
        {
            if (Cluster is not null) return;
            var step = Founding(rows);
            if (Decide(rows) is not AddressStep.Free) return;
            switch (step)
            {
                case FoundingStep.Join join when Broken != BrokenMembershipRule.RowsNotAsked: world.Ask(this, join.Contacts); break;
                case FoundingStep.Found found: Found(incarnation, found); break;
            }
        });
    }

    private void Found(long incarnation, FoundingStep.Found found)
    {
        var entry = Entry;
        var hasFounded = false;
        world.Call(
            this, () =>
            {
                hasFounded = world.Registry.TryFound(found.Expected, entry, machine.IsOld);
                if (hasFounded && IsAlive && Incarnation == incarnation) world.Ledger.Founded(this);
            },
            () =>
            {
                if (!hasFounded || Incarnation != incarnation || Cluster is not null) return;
                EnteredAt = world.Scheduler.Elapsed;
                world.Found(this);
            });
    }

    // ClusterStay.RunAsync.
    private void Stay(long incarnation)
    {
        if (EnteredAt is null)
            Read(incarnation, rows => TryEnter(incarnation, rows));
        else
            Beat(incarnation);
        if (EnteredAt is not null && _silent.IsDue(Now) && MembershipWorld.IsOldestQueueNode(this)) Read(incarnation, RemoveSilent);
        if (!world.CanCall(this)) _silent.Interrupt();
        After(incarnation, FoundingRule.BeatInterval, () =>
        {
            if (Cluster is not null) Stay(incarnation);
        });
    }

    private void TryEnter(long incarnation, IReadOnlyList<NodeRow> rows)
    {
        if (Cluster is null) return;
        var members = Members();
        var step = machine.IsOld || Broken == BrokenMembershipRule.EnteringAlone ? new EntryStep.Enter()
            : _entry.Decide(rows, members, Now);
        if (Decide(rows) is not AddressStep.Free free || Cluster is null) return;
        var (entry, hasEntered) = (Entry, false);
        switch (step)
        {
            case EntryStep.Leave leave:
                world.Trace?.Add($"{this} leaves for the cluster of {leave.Other.Address}");
                Cluster.Remove(this);
                EndSystem();
                break;
            case EntryStep.Enter:
                world.Call(this, () => hasEntered = world.Registry.TryEnter(entry, free.Former, members, machine.IsOld), Answered);
                break;
            case EntryStep.Replace replace:
                world.Call(
                    this, () =>
                    {
                        hasEntered = world.Registry.TryFound(replace.Expected, entry, machine.IsOld);
                        if (hasEntered && IsAlive && Incarnation == incarnation) world.Ledger.Founded(this);
                    },
                    Answered);
                break;
        }

        void Answered()
        {
            if (!hasEntered || Incarnation != incarnation || Cluster is null) return;
            EnteredAt = world.Scheduler.Elapsed;
            world.Trace?.Add($"{this} has entered");
        }
    }

    private HashSet<(string Address, long Incarnation)> Members() =>
        Cluster?.Members.Select(member => (member.Address, member.Incarnation)).ToHashSet() ?? [];

    private void Beat(long incarnation)
    {
        var isThere = true;
        world.Call(this, () => isThere = world.Registry.Beat(Address, incarnation), () =>
        {
            if (isThere || Incarnation != incarnation || Cluster is null) return;
            world.Ledger.Ousted(this);
            Cluster.Remove(this);
            EndSystem();
        });
    }

    private void RemoveSilent(IReadOnlyList<NodeRow> rows)
    {
        var silent = Broken == BrokenMembershipRule.RemovedByAge ? rows.Where(row => row.Age >= SilentRows.Limit)
            : _silent.Decide(rows, Members(), Now);
        if (Broken == BrokenMembershipRule.NeverRemoved) return;
        foreach (var row in silent) world.Call(this, () => world.Registry.Remove(row), () => { });
    }

    private FoundingStep Founding(IReadOnlyList<NodeRow> rows)
    {
        var isSilent = rows.All(row => row.IsAt(Address) || row.Age >= FoundingRule.Silence);
        if (Broken == BrokenMembershipRule.SilenceByAge && isSilent && _founding.MayFound) return new FoundingStep.Found(rows);
        return _founding.Decide(rows, Broken == BrokenMembershipRule.ShortSilence ? 4 * Now : Now);
    }

    private AddressStep Decide(IReadOnlyList<NodeRow> rows)
    {
        var seen = Broken == BrokenMembershipRule.ReachNotChecked ? [.. rows.Where(row => row.IsAt(Address))] : rows;
        var step = _address.Decide(seen, Now);
        NodeRow? own = rows.Where(row => row.IsAt(Address)).Select(row => (NodeRow?)row).FirstOrDefault();
        step = Broken switch
        {
            BrokenMembershipRule.AddressNotChecked => new AddressStep.Free(own),
            BrokenMembershipRule.YoungRowTaken when step is AddressStep.Wait => new AddressStep.Free(own),
            BrokenMembershipRule.YoungRowRefuses when step is AddressStep.Wait => new AddressStep.Refuse("young"),
            BrokenMembershipRule.SingleBeatRefuses when step is AddressStep.Wait && own?.Age < TimeSpan.FromSeconds(1) && Now > Poll =>
                new AddressStep.Refuse("one beat"),
            _ => step,
        };
        if (step is AddressStep.Free) AddressFreeAt ??= world.Scheduler.Elapsed;
        else if (AddressFreeAt is null) world.Ledger.CheckWait(this, _startedAt);
        if (step is not AddressStep.Refuse refuse) return step;
        world.Ledger.Refused(this, refuse.Reason);
        Cluster?.Remove(this);
        IsAlive = false;
        machine.IsRefused = true;
        world.RefusedAgainLater(machine);
        return step;
    }

    private void Read(long incarnation, Action<IReadOnlyList<NodeRow>> then)
    {
        IReadOnlyList<NodeRow> rows = [];
        world.Call(this, () => rows = world.Registry.Read(), () =>
        {
            if (IsAlive && Incarnation == incarnation) then(rows);
        });
    }
}
