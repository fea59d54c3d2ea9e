using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Options;

/// <summary>How far the DMARC policies of authors' domains are applied.</summary>
public enum DmarcHandling
{
    /// <summary>Messages that fail are marked as quarantined, also where the policy is to reject them (RFC 9989 section 7.4).</summary>
    Quarantine,

    /// <summary>Messages that fail are refused or marked, as the policy of the domain says.</summary>
    Reject,

    /// <summary>Policies have no effect; the result stands in Authentication-Results.</summary>
    None,
}

/// <summary>What happens to a message whose DMARC result needs a DNS answer that did not come.</summary>
public enum DnsFailureHandling
{
    /// <summary>The message is accepted, and the results are <c>temperror</c>.</summary>
    Accept,

    /// <summary>The client is asked to try again later.</summary>
    Defer,
}

/// <summary>What happens to a recipient about whom the next host gives no answer.</summary>
public enum CalloutFailureHandling
{
    /// <summary>The recipient is accepted.</summary>
    Accept,

    /// <summary>The client is asked to try again later.</summary>
    Defer,
}

/// <summary>Who may ask about recipients by VRFY and EXPN.</summary>
public enum VerifyPermission
{
    /// <summary>Nobody: VRFY is answered with 252, EXPN is not implemented.</summary>
    None,

    /// <summary>Authenticated users, and clients in trusted networks.</summary>
    Users,
}

/// <summary>Section <c>Inbound</c>: mail for own domains from strangers, on listeners of the service <c>inbound</c>.</summary>
public sealed record InboundOptions
{
    /// <summary>The domains whose mail is accepted: names, or <c>*.suffix</c>.</summary>
    public IReadOnlyList<DomainPattern> Domains { get; init; } = [];

    /// <summary>The files with the recipients of the domains; empty to accept each recipient.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>The character between a user and a detail in local parts, as in <c>user+detail</c>; empty for no details.</summary>
    public string RecipientDelimiter { get; init; } = "";

    /// <summary>Whether next hosts are asked about recipients that no entry names.</summary>
    public bool Callout { get; init; }

    /// <summary>How long a client waits for the answer of the next host.</summary>
    public TimeSpan CalloutTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What happens to a recipient about whom there is no answer.</summary>
    public CalloutFailureHandling OnCalloutFailure { get; init; }

    /// <summary>Who may ask about recipients by VRFY and EXPN.</summary>
    public VerifyPermission Verify { get; init; }

    /// <summary>The authserv-id in Authentication-Results fields (RFC 8601 section 2.5); empty for the host name of the node.</summary>
    public string AuthservId { get; init; } = "";

    /// <summary>How far DMARC policies are applied.</summary>
    public DmarcHandling Dmarc { get; init; }

    /// <summary>
    /// The domains of ARC sealers that are believed: the policy of DMARC is not applied to a message that one of them saw pass.
    /// </summary>
    public IReadOnlyList<DomainPattern> TrustedSealers { get; init; } = [];

    /// <summary>How messages are sealed by ARC.</summary>
    public SealOptions Seal { get; init; } = new();

    /// <summary>Whether messages get a Received-SPF field (RFC 7208 section 9.1).</summary>
    public bool ReceivedSpf { get; init; }

    /// <summary>What happens to a message whose DMARC result needs a DNS answer that did not come.</summary>
    public DnsFailureHandling OnDnsFailure { get; init; }

    /// <summary>The time for all checks of a message together; what is not known then has the result <c>temperror</c>.</summary>
    public TimeSpan CheckTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Files of entries that allow or deny mail of strangers, in order of precedence.</summary>
    public IReadOnlyList<string> AccessFiles { get; init; } = [];

    /// <summary>The most that strangers may do in a time, over all nodes.</summary>
    public IReadOnlyList<RateOptions> Rates { get; init; } = [];

    /// <summary>The DNS lists in which strangers are looked up.</summary>
    public IReadOnlyList<DnsListOptions> DnsLists { get; init; } = [];

    /// <summary>The weight of listings from which a stranger's mail is refused.</summary>
    public int DnsListThreshold { get; init; } = 1;

    /// <summary>The time for all DNS lists together; lists without an answer by then count as if they had no listing.</summary>
    public TimeSpan DnsListTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether messages of listed strangers get a field with the weight of their listings.</summary>
    public bool DnsListScore { get; init; }

    /// <summary>Section <c>Greylisting</c>.</summary>
    public GreylistOptions Greylisting { get; init; } = new();

    /// <summary>The authserv-id of a node.</summary>
    /// <param name="hostname">The host name of the node.</param>
    public string ServiceOn(string hostname) => AuthservId.Length > 0 ? AuthservId : hostname;
}
