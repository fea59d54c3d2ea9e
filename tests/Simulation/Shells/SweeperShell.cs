using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.Settling;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>The shell of the sweepers, as <c>HandOffSweeper</c> and <c>ReportSweeper</c> are.</summary>
internal sealed class SweeperShell : IActor
{
    // Less often than the product looks: all this time is virtual, and each look is a step.
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(15);

    private readonly World _world;
    private readonly SweeperState _state;
    private Alarm? _pageOver;

    public SweeperShell(World world, Node node)
    {
        (_world, Node) = (world, node);
        _state = new SweeperState(node.Now);
        node.Start(HandOffSweeper.FirstSweep, Sweep);
        node.Start(ReportInterval, SweepReports);
    }

    public Node Node { get; }

    public bool IsStopped { get; private set; }

    public SweeperState State => _state;

    public void Stop() => IsStopped = true;

    public void Receive(object message, IActor sender) => Run(_state.Acknowledge((Enqueued)message));

    private void Sweep()
    {
        if (!IsStopped) Run(_state.Begin(Node.Now));
    }

    private void SweepReports()
    {
        if (IsStopped) return;
        Node.Start(ReportInterval, SweepReports);
        var spool = _world.Storage.Spool;
        if (spool.Noted == 0) return;
        _world.Storage.Call(Node, () => spool.FindDue(Node.Now - ReportSweeper.Window), due =>
        {
            foreach (var message in due) ReportShell.Report(_world, Node, message, () => { });
        }, () => { });
    }

    private void Run(SweepStep step)
    {
        switch (step)
        {
            case SweepStep.Read read:
                Cancel();
                _world.Storage.Call(
                    Node, () => _world.Storage.Spool.FindUnclaimed(read.AcceptedBefore, read.After, SweeperState.PageSize), page =>
                    {
                        if (!IsStopped) Run(_state.PageRead(page));
                    }, () =>
                    {
                        if (!IsStopped) Run(_state.ReadFailed());
                    });
                break;
            case SweepStep.Offer offer:
                foreach (var enqueue in offer.Messages)
                {
                    foreach (var part in enqueue.Parts)
                        _world.Trace?.Add(part.Message, $"the sweeper on {Node} offers it to {enqueue.Queue}");
                    _world.Sharding.Send(this, Sharding.Queue(enqueue.Queue), _world.Offer(enqueue));
                }

                Cancel();
                _pageOver = Node.Start(SweeperState.PageTime, () =>
                {
                    if (!IsStopped) Run(_state.PageOver());
                });
                break;
            case SweepStep.Pause pause:
                Cancel();
                Node.Start(pause.Time, Sweep);
                break;
        }
    }

    private void Cancel()
    {
        if (_pageOver is not null) _pageOver.IsOver = true;
    }
}
