namespace Postfleet.Contracts.Receiving;

/// <summary>What a listener checks of mail, beside the rules that hold on every listener.</summary>
[Flags]
public enum ListenerChecks
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>The access lists.</summary>
    Access = 1,

    /// <summary>The DNS lists.</summary>
    DnsLists = 2,

    /// <summary>Greylisting.</summary>
    Greylisting = 8,

    /// <summary>Who a message is from: SPF, DKIM, ARC and DMARC.</summary>
    Authentication = 4,

    /// <summary>The rates of strangers.</summary>
    Rates = 16,
}
