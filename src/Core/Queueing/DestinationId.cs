namespace Postfleet.Core.Queueing;

/// <summary>
/// Names a destination: <c>source|site</c>, where the source is the egress of the connections and the site is a set of hosts with common
/// limits.
/// </summary>
/// <param name="Value">The text form.</param>
public readonly record struct DestinationId(string Value)
{
    /// <summary>The source of routes without settings.</summary>
    public const string DefaultSource = "default";

    /// <inheritdoc/>
    public override string ToString() => Value;
}
