namespace Postfleet.Frontend.Options;

/// <summary>What is looked up in a DNS list.</summary>
public enum DnsListKind
{
    /// <summary>The address of the client.</summary>
    Address,

    /// <summary>The domain of the sender.</summary>
    Sender,

    /// <summary>The name of the client in HELO or EHLO.</summary>
    Helo,
}

/// <summary>A DNS list (RFC 5782): an entry of <c>Inbound:DnsLists</c>.</summary>
public sealed record DnsListOptions
{
    /// <summary>The zone.</summary>
    public string Zone { get; init; } = "";

    /// <summary>What is looked up.</summary>
    public DnsListKind Kind { get; init; }

    /// <summary>How much a listing counts; negative for a list of wanted clients.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Which answers count: patterns such as <c>127.0.0.[2..11]</c>; empty for all.</summary>
    public string Answers { get; init; } = "";

    /// <summary>The name in replies, header fields and the log; empty for the zone.</summary>
    public string Name { get; init; } = "";
}
