using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>Stands in for a queue after a failed recovery, until its pause is over, as <c>PausedQueue</c> does.</summary>
internal sealed class PausedQueueShell(EntityCell cell, Node node, TimeSpan pause) : IEntity
{
    public Node Node => node;

    public bool IsStopped { get; private set; }

    public void Start() => node.Start(pause, Kill);

    public void Receive(object message, IActor sender)
    {
        // Dropped: the sender sends it again.
    }

    public void Stop() => Kill();

    public void Kill()
    {
        if (IsStopped) return;
        IsStopped = true;
        cell.Stopped(this);
    }
}
