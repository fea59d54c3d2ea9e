namespace Postfleet.Frontend.Options;

/// <summary>What a rate counts.</summary>
public enum RateCount
{
    /// <summary>Messages: the first recipient of each.</summary>
    Messages,

    /// <summary>Recipients.</summary>
    Recipients,

    /// <summary>Connections.</summary>
    Connections,
}

/// <summary>For whom a rate counts.</summary>
public enum RateSubject
{
    /// <summary>The address of the client; in IPv6 its /64.</summary>
    Address,

    /// <summary>The network of the client: a /24 of IPv4, or a /48 of IPv6.</summary>
    Network,

    /// <summary>The domain of the sender.</summary>
    Sender,

    /// <summary>The recipient.</summary>
    Recipient,
}

/// <summary>A rate of strangers over the cluster: an entry of <c>Inbound:Rates</c>.</summary>
public sealed record RateOptions
{
    /// <summary>What is counted.</summary>
    public RateCount Count { get; init; }

    /// <summary>For whom.</summary>
    public RateSubject By { get; init; }

    /// <summary>The most, in one or more times: rates with spaces between them.</summary>
    public string Rate { get; init; } = "";

    /// <summary>The text of the reply; empty for one that names what was counted.</summary>
    public string Text { get; init; } = "";
}
