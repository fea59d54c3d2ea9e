using Postfleet.Contracts.Messages;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>Hears the answers to an order on the node from which it was sent.</summary>
internal sealed class OperatorShell(Node node, Action<ActionProgress> answered) : IActor
{
    public Node Node => node;

    public bool IsStopped => false;

    public void Receive(object message, IActor sender)
    {
        if (message is ActionProgress progress) answered(progress);
    }
}
