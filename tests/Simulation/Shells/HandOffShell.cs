using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>The shell of a node's hand-off, as <c>HandOffActor</c> is.</summary>
internal sealed class HandOffShell(World world, Node node, Chance chance) : IActor
{
    // Small, so that some parts are left to the sweeper.
    private const int Window = 12;

    private readonly HandOffState _state = new(Window, HandOffActor.GiveUpAfter, chance.Share);
    private long _wakeAt = long.MaxValue;
    private Alarm? _alarm;

    public Node Node => node;

    public bool IsStopped => false;

    public HandOffState State => _state;

    public void Offer(PendingPart part)
    {
        _state.Offer(part, node.Now);
        Send();
    }

    public void Receive(object message, IActor sender) => _state.Acknowledge((Enqueued)message, node.Now);

    private void Send()
    {
        foreach (var enqueue in _state.TakeDue(node.Now))
        {
            foreach (var part in enqueue.Parts)
                world.Trace?.Add(part.Message, $"{node} offers it to {enqueue.Queue}{(part.IsRepeat ? " again" : "")}");
            world.Sharding.Send(this, Sharding.Queue(enqueue.Queue), world.Offer(enqueue));
        }

        if (_state.NextDue is not { } due || due >= _wakeAt) return;
        _wakeAt = due;
        if (_alarm is not null) _alarm.IsOver = true;
        _alarm = node.Start(TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, due - node.Now.UtcTicks)), () =>
        {
            _wakeAt = long.MaxValue;
            Send();
        });
    }
}
