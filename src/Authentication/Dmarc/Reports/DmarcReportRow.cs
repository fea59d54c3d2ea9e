using System.Collections.Immutable;
using System.Net;

namespace Postfleet.Authentication.Dmarc.Reports;

/// <summary>What was done with messages (RFC 9990, element <c>disposition</c>).</summary>
public enum DmarcDisposition
{
    /// <summary>Nothing, because of the policy or of a local decision.</summary>
    None,

    /// <summary>Nothing, because the messages passed, while the policy asks for quarantine or reject.</summary>
    Pass,

    /// <summary>They were marked as suspicious.</summary>
    Quarantine,

    /// <summary>They were refused.</summary>
    Reject,
}

/// <summary>A signature in a report.</summary>
/// <param name="Domain">Tag <c>d=</c>.</param>
/// <param name="Selector">Tag <c>s=</c>.</param>
/// <param name="Result">The result by RFC 8601 section 2.7.1.</param>
public sealed record DmarcReportSignature(string Domain, string Selector, string Result);

/// <summary>The SPF result in a report.</summary>
/// <param name="Domain">The checked domain.</param>
/// <param name="Result">The result by RFC 8601 section 2.7.2.</param>
public sealed record DmarcReportSpf(string Domain, string Result);

/// <summary>Messages of one client with the same results (RFC 9990, element <c>record</c>).</summary>
/// <param name="Source">The address of the client.</param>
/// <param name="Count">The number of messages, at least 1.</param>
/// <param name="Disposition">What was done with them.</param>
/// <param name="HeaderFrom">The author domain.</param>
public sealed record DmarcReportRow(IPAddress Source, long Count, DmarcDisposition Disposition, string HeaderFrom)
{
    /// <summary>The maximum number of signatures of a row (RFC 9990, section about DKIM signatures).</summary>
    public const int MaxSignatures = 100;

    /// <summary>Whether a signature passed with an aligned domain.</summary>
    public bool IsDkimAligned { get; init; }

    /// <summary>Whether SPF passed with an aligned domain.</summary>
    public bool IsSpfAligned { get; init; }

    /// <summary>
    /// Why the disposition is not the published policy: <c>local_policy</c>, <c>mailing_list</c>, <c>other</c>, <c>policy_test_mode</c> or
    /// <c>trusted_forwarder</c>; null if it is.
    /// </summary>
    public string? Override { get; init; }

    /// <summary>Details of the reason, or null.</summary>
    public string? OverrideComment { get; init; }

    /// <summary>The domain of the reverse-path; empty for the null reverse-path, null if it is not reported.</summary>
    public string? EnvelopeFrom { get; init; }

    /// <summary>The domain of the recipients; null if it is not reported.</summary>
    public string? EnvelopeTo { get; init; }

    /// <summary>The signatures; those beyond <see cref="MaxSignatures"/> are left out, failed ones first.</summary>
    public ImmutableArray<DmarcReportSignature> Signatures { get; init; } = [];

    /// <summary>The SPF result of the reverse-path, or null.</summary>
    public DmarcReportSpf? Spf { get; init; }

    /// <summary>A row of an evaluated author domain.</summary>
    /// <param name="source">The address of the client.</param>
    /// <param name="count">The number of messages.</param>
    /// <param name="outcome">The outcome: pass or fail.</param>
    /// <param name="applied">The policy that was applied to the messages.</param>
    public static DmarcReportRow Of(IPAddress source, long count, DmarcOutcome outcome, DmarcPolicy applied)
    {
        var isPass = outcome.Result == DmarcResult.Pass;
        var disposition = applied switch
        {
            DmarcPolicy.Reject => DmarcDisposition.Reject,
            DmarcPolicy.Quarantine => DmarcDisposition.Quarantine,
            _ => isPass && outcome.PublishedPolicy > DmarcPolicy.None ? DmarcDisposition.Pass : DmarcDisposition.None,
        };
        // A reason is required where a failing message is not handled as published.
        var isTest = applied == outcome.Policy && outcome.Policy != outcome.PublishedPolicy;
        return new DmarcReportRow(source, count, disposition, outcome.Author)
        {
            IsDkimAligned = outcome.IsDkimAligned,
            IsSpfAligned = outcome.IsSpfAligned,
            Override = isPass || applied == outcome.PublishedPolicy ? null : isTest ? "policy_test_mode" : "local_policy",
        };
    }
}
