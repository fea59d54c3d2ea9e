using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>
/// Drives the <see cref="HandOffLifecycle"/> of a node, as <c>HandOffActor</c> does, and breaks a rule where the run asks for it.
/// </summary>
internal sealed class HandOffShell : IActor
{
    // Small, to have the gate close and some parts left to the sweeper.
    private const int Window = 12;

    private readonly World _world;
    private readonly HandOffLifecycle _lifecycle;
    private readonly Alarm?[] _timers = new Alarm?[Enum.GetValues<HandOffTimer>().Length];
    private readonly HashSet<PartId> _offered = [];

    public HandOffShell(World world, Node node)
    {
        (_world, Node) = (world, node);
        State = new HandOffState(Window, HandOffLifecycle.GiveUpAfter, world.Machines.Share);
        _lifecycle = new HandOffLifecycle(State);
    }

    public Node Node { get; }

    public bool IsStopped { get; private set; }

    public HandOffState State { get; }

    private bool ReachesQueues => _world.Breaks(BrokenRule.OfferedWithoutQueues) || _world.Cluster.IsAnyQueueReachable(Node);

    public void Start(IReadOnlyList<PendingPart> left)
    {
        Handle(HandOffInput.Started(_world.Breaks(BrokenRule.LeftPartsForgotten) ? [] : left));
        if (left.Count > 0) ExpectOffers(left);
    }

    public void Offer(PendingPart part)
    {
        _lifecycle.Offer(part, Node.Now);
        Handle(HandOffInput.TurnEnded(ReachesQueues));
    }

    public void Receive(object message, IActor sender) => Handle(HandOffInput.Acknowledged((Enqueued)message));

    /// <summary>Stops, and leaves its parts to the next hand-off of the node.</summary>
    public void Stop()
    {
        Handle(HandOffInput.Stopping);
        IsStopped = true;
    }

    private void Handle(in HandOffInput input)
    {
        if (IsStopped) return;
        var outputs = new List<HandOffOutput>();
        _lifecycle.Handle(input, Node.Now, outputs);
        foreach (var output in outputs) Do(output);
    }

    private void Do(HandOffOutput output)
    {
        switch (output.Kind)
        {
            case HandOffOutputKind.TakeMore: Node.After(TimeSpan.Zero, () => Handle(HandOffInput.TurnEnded(ReachesQueues))); break;
            case HandOffOutputKind.SendSoon: Node.After(TimeSpan.Zero, () => Fire(HandOffTimer.Due)); break;
            case HandOffOutputKind.Send: Send(output.Offer!); break;
            case HandOffOutputKind.SetTimer: SetTimer(output.Timer, output.After); break;
            case HandOffOutputKind.OpenGate: if (!_world.Breaks(BrokenRule.GateNeverOpened)) Node.Gate.Open(); break;
            case HandOffOutputKind.CloseGate: Node.Gate.Close(); break;
            case HandOffOutputKind.LogBehind or HandOffOutputKind.Publish or HandOffOutputKind.ReportEmpty: break;
            case HandOffOutputKind.Leave: Node.LeftParts = output.Left; break;
            default: throw new InvalidOperationException($"unknown hand-off output {output.Kind}");
        }
    }

    private void Send(Enqueue offer)
    {
        if (!_world.Cluster.IsAnyQueueReachable(Node))
            throw new PromiseBrokenException("offers", $"{Node} sends offers although it reaches no queue node", offer.Parts[0].Message);
        foreach (var part in offer.Parts)
        {
            _offered.Add(new PartId(part.Message, offer.Queue));
            _world.Trace?.Add(part.Message, $"{Node} offers it to {offer.Queue}{(part.IsRepeat ? " again" : "")}");
        }

        _world.Sharding.Send(this, Sharding.Queue(offer.Queue), _world.Offer(offer));
    }

    private void SetTimer(HandOffTimer timer, TimeSpan after)
    {
        if (timer == HandOffTimer.Look && _world.Breaks(BrokenRule.QueueNodesNotLookedFor)) return;
        if (_timers[(int)timer] is { } running) running.IsOver = true;
        _timers[(int)timer] = Node.Start(after, () => Fire(timer));
    }

    private void Fire(HandOffTimer timer) => Handle(HandOffInput.Due(timer, ReachesQueues));

    // Accepted mail must not wait for the sweeper because the hand-off was replaced.
    private void ExpectOffers(IReadOnlyList<PendingPart> left)
    {
        var freezes = Node.Freezes;
        Node.After(TimeSpan.FromSeconds(2), () =>
        {
            if (IsStopped || Node.Freezes != freezes || !_world.Cluster.IsAnyQueueReachable(Node)) return;
            if (Node.LastWithoutQueues > _world.Scheduler.Now - TimeSpan.FromSeconds(2)) return;
            foreach (var part in left)
            {
                if (!_offered.Contains(part.Id))
                    throw new PromiseBrokenException("left parts", $"{Node} does not offer a part that was left to it", part.Id.Message);
            }
        });
    }
}
