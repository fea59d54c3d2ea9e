using System.Collections.Frozen;

namespace Postfleet.Core.Classification;

/// <summary>
/// Why mail was refused or deferred, in a word. The set is closed: names are values of metrics and fields of events, and rules choose among
/// them.
/// </summary>
public sealed record BounceClass
{
    private BounceClass(string name, BounceScope scope) => (Name, Scope) = (name, scope);

    /// <summary>A negative reply that no rule matches.</summary>
    public static BounceClass Unknown { get; } = new("unknown", BounceScope.Ours);

    /// <summary>The lifetime of the message is over.</summary>
    public static BounceClass Expired { get; } = new("expired", BounceScope.Ours);

    /// <summary>All classes, by scope.</summary>
    public static IReadOnlyList<BounceClass> All { get; } =
    [
        new("unknown-user", BounceScope.Recipient),
        new("mailbox-disabled", BounceScope.Recipient),
        new("mailbox-full", BounceScope.Recipient),
        new("moved", BounceScope.Recipient),
        new("recipient-rate", BounceScope.Recipient),
        new("no-such-domain", BounceScope.Domain),
        new("no-mail", BounceScope.Domain),
        new("relay-denied", BounceScope.Domain),
        new("auth", BounceScope.Message),
        new("policy", BounceScope.Message),
        new("spam", BounceScope.Message),
        new("virus", BounceScope.Message),
        new("too-big", BounceScope.Message),
        new("content", BounceScope.Message),
        new("protocol", BounceScope.Message),
        new("throttled", BounceScope.Source),
        new("connections", BounceScope.Source),
        new("reputation", BounceScope.Source),
        new("blocklist", BounceScope.Source),
        new("greylisted", BounceScope.Source),
        new("no-ptr", BounceScope.Source),
        new("dns", BounceScope.Transport),
        new("network", BounceScope.Transport),
        new("tls", BounceScope.Transport),
        new("remote-error", BounceScope.Transport),
        Expired,
        new("suppressed", BounceScope.Ours),
        new("operator", BounceScope.Ours),
        Unknown,
    ];

    private static readonly FrozenDictionary<string, BounceClass> ByName =
        All.ToFrozenDictionary(each => each.Name, StringComparer.Ordinal);

    /// <summary>The name: lower-case words joined by hyphens.</summary>
    public string Name { get; }

    /// <summary>What a reply of the class is about.</summary>
    public BounceScope Scope { get; }

    /// <summary>The class of a name; null for a name of none.</summary>
    public static BounceClass? Find(string name) => ByName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
