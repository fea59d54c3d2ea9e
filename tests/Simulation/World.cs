using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests;

/// <summary>The parts of a run: time, nodes, network, storage, sites, and the ledger of its facts.</summary>
internal sealed class World
{
    public static readonly TimeSpan QueueIdle = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan DestinationIdle = TimeSpan.FromSeconds(20);

    /// <summary><c>Node:ShutdownGrace</c>.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>How long attempts may take while a shard moves.</summary>
    public static readonly TimeSpan MoveGrace = TimeSpan.FromSeconds(50);

    /// <summary>How soon the jobs of a removed node are sent again.</summary>
    public static readonly TimeSpan ResendWithin = TimeSpan.FromSeconds(30);

    /// <summary>How soon a node notices unreachable nodes.</summary>
    public static readonly TimeSpan NoticeLossAfter = TimeSpan.FromSeconds(5);

    /// <summary>How long a destination whose grace is over waits for the replies to final dots.</summary>
    public static readonly TimeSpan ReplyGrace = TimeSpan.FromSeconds(4);

    public static readonly DestinationRules DestinationRules = new() { MaxConnections = 3 };

    private static readonly QueuePolicy Policy = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(40));

    private ulong _lastId;
    private long _lastIncarnation;

    public World(Plan plan)
    {
        Plan = plan;
        Trace = plan.IsTraced ? new Trace(Scheduler) : null;
        Time = new VirtualTimeProvider(Scheduler);
        Machines = new Chance(plan.Seed, 7);
        Ledger = new Ledger();
        RecoveryLedger = new RecoveryLedger(Scheduler);
        Network = new Network(this);
        DeathWatch = new DeathWatch(this);
        Sharding = new Sharding(this);
        Storage = new Models.Storage(this);
        Routes = new Routes(this);
        Cluster = new Models.Cluster(this);
        Operator = new Operator(this);
        var shape = new Chance(plan.Seed, 8);
        var sites = plan.HasStreams ? 1 : shape.Between(1, 3);
        foreach (var site in Enumerable.Range(1, sites).Select(number => new Site(this, number))) Sites.Add(site.Id, site);
        Queues = plan.HasStreams ? StreamShareCheck.Queues : [.. Enumerable.Range(1, shape.Between(1, 5))
            .Select(number => QueueKey.FromTrusted($"{(shape.Is(0.3) ? "bulk" : "default")}:d{number}.example"))];
        Shares = plan.HasStreams ? new StreamShareCheck() : null;
        foreach (var queue in Queues) Routes[queue] = shape.Of([.. Sites.Values]);
        OtherQueues = [.. Queues.Select(queue => queue.InStream("other"))];
        foreach (var queue in OtherQueues) Routes[queue] = shape.Of([.. Sites.Values]);
    }

    public Plan Plan { get; }

    public Scheduler Scheduler { get; } = new();

    /// <summary>The time as classes of the product ask for it.</summary>
    public TimeProvider Time { get; }

    public Trace? Trace { get; }

    /// <summary>The limits of the destinations.</summary>
    public DestinationRules Limits => DestinationRules with
    {
        MaxRemembered = Breaks(BrokenRule.EndedAttemptsForgotten) ? 0 : DestinationRules.MaxRemembered,
        Streams = Plan.HasStreams && !Breaks(BrokenRule.StreamWeightsIgnored) ? StreamShareCheck.Weights : StreamSet.None,
    };

    /// <summary>Chance as the machines themselves are given it.</summary>
    public Chance Machines { get; }

    public Ledger Ledger { get; }

    /// <summary>The failed recoveries of queues.</summary>
    public RecoveryLedger RecoveryLedger { get; }

    public Network Network { get; }

    public DeathWatch DeathWatch { get; }

    /// <summary>The shares of streams; null in runs that are not about them.</summary>
    public StreamShareCheck? Shares { get; }

    public Sharding Sharding { get; }

    public Models.Storage Storage { get; }

    public Routes Routes { get; }

    public Models.Cluster Cluster { get; }

    public Operator Operator { get; }

    public Dictionary<DestinationId, Site> Sites { get; } = [];

    /// <summary>The queues into which clients send mail.</summary>
    public IReadOnlyList<QueueKey> Queues { get; }

    /// <summary>The queues of the same domains to which an operator moves mail.</summary>
    public IReadOnlyList<QueueKey> OtherQueues { get; }

    /// <summary>The current members of the cluster.</summary>
    public IReadOnlyList<Node> Members => Cluster.Members;

    public bool Breaks(BrokenRule rule) => Plan.Broken == rule;

    /// <summary>An offer as it is sent.</summary>
    public Enqueue Offer(Enqueue offer) =>
        Breaks(BrokenRule.OffersLookNew)
            ? offer with
            {
                Parts = [.. offer.Parts
                .Select(part => new PartOffer(part.Part with { AcceptedAt = Scheduler.Now.AddSeconds(2) }, IsRepeat: false))]
            }
        : Breaks(BrokenRule.OffersForgetTimes)
            ? offer with { Parts = [.. offer.Parts.Select(part => part with { Part = part.Part with { SendAfter = 0 } })] }
        : Breaks(BrokenRule.OffersForgetDeadlines)
            ? offer with { Parts = [.. offer.Parts.Select(part => part with { Part = part.Part with { DeliverByMode = 0 } })] }
        : Breaks(BrokenRule.NewOwnerTrustsOffers) ? offer with { Parts = [.. offer.Parts.Select(part => part with { IsRepeat = false })] }
        : offer;

    /// <summary>Whether a node begins no attempt at a part any more.</summary>
    public bool IsTimeOver(PartId part, Node node) => !Breaks(BrokenRule.LateAttemptsBegun) && Ledger.Of(part).IsTimeOver(node.Now);

    /// <summary>Outcomes as a queue takes them.</summary>
    public Outcomes Outcomes(Outcomes outcomes, QueueState queue) => !Breaks(BrokenRule.StaleOutcomesTaken) ? outcomes : outcomes with
    {
        Jobs = [.. outcomes.Jobs.Select(job => queue.Find(job.Message) is { } entry ? job with { Attempt = entry.Attempt } : job)],
    };

    /// <summary>A row as a queue writes it.</summary>
    public object Row(object row) => row is not CheckpointPiece piece ? row : Plan.Broken switch
    {
        BrokenRule.CheckpointForgetsDelays => piece with { Entries = [.. piece.Entries.Select(e => e with { IsDelayReported = false })] },
        BrokenRule.CheckpointForgetsHolds => piece with { Entries = [.. piece.Entries.Select(e => e with { IsHeld = false })] },
        BrokenRule.CheckpointForgetsActions => piece with { Entries = [.. piece.Entries.Select(e => e with { Action = 0 })] },
        _ => row,
    };

    public MessageId NextId() => MessageId.FromHalves(1, ++_lastId);

    public long NextIncarnation() => ++_lastIncarnation;

    public QueueRules Rules(Node node) => new(Policy.Lifetime, tries => RetrySchedule.Delay(Policy, tries, Machines.Share()), node.Name)
    {
        DelayWarning = TimeSpan.FromMinutes(8),
        HoldFor = TimeSpan.FromMilliseconds(50),
        IsAlone = Cluster.IsAlone || Breaks(BrokenRule.OwnersThinkTheyAreAlone),
    };
}
