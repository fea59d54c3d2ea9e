using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>One final dot of an attempt, and its fate.</summary>
internal sealed class Execution(PartId part, int attempt, IActor destination)
{
    public PartId Part => part;

    public int Attempt => attempt;

    public IActor Destination => destination;

    public Node Node => destination.Node;

    /// <summary>Recipients accepted by the remote host.</summary>
    public RecipientSet Accepted { get; set; }

    /// <summary>Whether its connection knows how it ended.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Whether its end is in the queue's journal.</summary>
    public bool IsRecorded { get; set; }

    /// <summary>Whether a second delivery after it is allowed.</summary>
    public bool IsExcused { get; private set; }

    /// <summary>Its end cannot be known: its process died, or its connection was lost after the final dot.</summary>
    public void Excuse() => IsExcused |= !IsRecorded;
}
