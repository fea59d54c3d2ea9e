using Postfleet.Contracts.Messages;

namespace Postfleet.Admin.Messages;

/// <summary>Has a node read its configuration again; answered by <see cref="NodeReloaded"/>.</summary>
/// <param name="Author">Who asks for the reload.</param>
internal sealed record ReloadNode(string Author) : IProtocolMessage;

/// <summary>What a node made of its configuration.</summary>
/// <param name="Changed">The changed keys whose new values are in force.</param>
/// <param name="RestartNeeded">The changed keys whose new values need a restart.</param>
/// <param name="Errors">A line for each fault; if there is one, nothing has changed.</param>
internal sealed record NodeReloaded(
    IReadOnlyList<string> Changed, IReadOnlyList<string> RestartNeeded, IReadOnlyList<string> Errors) : IProtocolMessage
{
    /// <summary>Most lines of faults in an answer, which keeps it below the frame limit of remoting.</summary>
    public const int MaxErrors = 50;

    /// <summary>Most characters of a line.</summary>
    public const int MaxErrorLength = 1000;
}
