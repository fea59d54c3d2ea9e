using Postfleet.Contracts;

namespace Postfleet.Node.Options;

/// <summary>Section <c>Node</c>: the identity of this node.</summary>
public sealed record NodeOptions
{
    /// <summary>The host name for greetings, EHLO, trace headers and DSNs; empty uses the machine's name.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The roles of the node: any of <c>frontend</c>, <c>queue</c>, <c>delivery</c>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = NodeRoles.All;

    /// <summary>The time for stopping, within which sessions past DATA and attempts in flight finish.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time after SIGTERM in which the node is not ready and works as before, until it stops; zero for none.</summary>
    public TimeSpan DrainDelay { get; init; }
}
