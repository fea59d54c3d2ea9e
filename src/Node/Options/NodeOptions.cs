using Postfleet.Contracts;

namespace Postfleet.Node.Options;

/// <summary>Who this node is.</summary>
public sealed record NodeOptions
{
    /// <summary>The name that the node gives itself in greetings, EHLO, trace headers and DSNs; empty takes the machine's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>What the node does: any of <c>frontend</c>, <c>queue</c>, <c>delivery</c>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = NodeRoles.All;

    /// <summary>How long stopping may take: sessions past DATA and attempts in flight finish within it.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(60);
}
