namespace Postfleet.Core.Queueing;

/// <summary>
/// Names a destination: <c>source|site</c>, where the source is what connections leave from and the site is the set of hosts that
/// share one set of limits.
/// </summary>
/// <param name="Value">The text form.</param>
public readonly record struct DestinationId(string Value)
{
    /// <summary>The source of routes that name none.</summary>
    public const string DefaultSource = "default";

    /// <inheritdoc/>
    public override string ToString() => Value;
}
