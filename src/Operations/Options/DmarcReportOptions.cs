using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.Operations.Options;

/// <summary>Section <c>DmarcReports</c>: the aggregate reports to the domains whose mail came in (RFC 9990).</summary>
public sealed record DmarcReportOptions
{
    /// <summary>
    /// The address from which reports come, and which they name as contact; null sends no reports and counts nothing. Its domain is the
    /// receiver in the reports.
    /// </summary>
    public Mailbox? From { get; init; }

    /// <summary>The name of the reporting organization; empty for the domain of <see cref="From"/>.</summary>
    public string Organization { get; init; } = "";

    /// <summary>Additional contact details, such as the address of a page; empty for none.</summary>
    public string Contact { get; init; } = "";

    /// <summary>The domains that get no reports.</summary>
    public IReadOnlyList<DomainPattern> Except { get; init; } = [];

    /// <summary>The maximum size of a report before compression; rows with few messages are left out beyond it.</summary>
    public ByteSize MaxSize { get; init; } = new(10_000_000);
}
