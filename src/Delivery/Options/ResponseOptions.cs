namespace Postfleet.Delivery.Options;

/// <summary>Section <c>Responses</c>: the rules for replies of remote hosts.</summary>
public sealed record ResponseOptions
{
    /// <summary>Files of rules, which precede the shipped rules; the first matching rule applies.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Whether the shipped rules apply, too.</summary>
    public bool Shipped { get; init; } = true;
}
