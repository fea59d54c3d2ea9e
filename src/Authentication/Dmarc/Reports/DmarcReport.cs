namespace Postfleet.Authentication.Dmarc.Reports;

/// <summary>An aggregate report about a policy domain (RFC 9990).</summary>
/// <param name="Organization">The name of the reporting organization.</param>
/// <param name="Email">The address of its contact.</param>
/// <param name="Receiver">The domain name of the receiver, for the name of the file.</param>
/// <param name="UniqueId">Letters and digits that are unique among the reports about the domain; repeated when a report is sent
/// again.</param>
/// <param name="Begin">The start of the period.</param>
/// <param name="End">The end of the period.</param>
/// <param name="PolicyDomain">The domain that publishes the policy.</param>
/// <param name="Policy">The published policy.</param>
/// <param name="Rows">The counted messages, at least one row.</param>
public sealed record DmarcReport(
    string Organization, string Email, string Receiver, string UniqueId, DateTimeOffset Begin, DateTimeOffset End, string PolicyDomain,
    DmarcRecord Policy, IReadOnlyList<DmarcReportRow> Rows)
{
    /// <summary>Additional contact details, or null.</summary>
    public string? Contact { get; init; }

    /// <summary>An error in the policy record, or null.</summary>
    public string? Error { get; init; }

    /// <summary>The name and the version of the program, or null.</summary>
    public string? Generator { get; init; }

    /// <summary>The identifier of the report.</summary>
    public string Id => $"{UniqueId}.{PolicyDomain}@{Receiver}";

    /// <summary>The name of the compressed file.</summary>
    public string FileName =>
        $"{Receiver}!{PolicyDomain}!{Begin.ToUnixTimeSeconds()}!{End.ToUnixTimeSeconds()}!{UniqueId}.xml.gz";

    /// <summary>The subject of the message with the report.</summary>
    public string Subject => $"Report Domain: {PolicyDomain} Submitter: {Receiver} Report-ID: <{Id}>";
}

/// <summary>A written report.</summary>
/// <param name="Xml">The XML document in UTF-8.</param>
/// <param name="LeftOut">The number of rows that did not fit.</param>
public sealed record DmarcReportDocument(ReadOnlyMemory<byte> Xml, int LeftOut);
