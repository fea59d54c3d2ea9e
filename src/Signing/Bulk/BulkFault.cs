namespace Postfleet.Signing.Bulk;

/// <summary>What a message of bulk mail lacks of what mailbox providers demand.</summary>
[Flags]
internal enum BulkFaults
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A List-Unsubscribe field with an https address (RFC 8058 section 3.1).</summary>
    NoUnsubscribe = 1,

    /// <summary>The field <c>List-Unsubscribe-Post: List-Unsubscribe=One-Click</c> (RFC 8058 section 3.1).</summary>
    NoOneClick = 2,

    /// <summary>
    /// A DKIM signature of the domain in From, or of one above or below it, which covers both fields (RFC 8058 section 4).
    /// </summary>
    NotSigned = 4,

    /// <summary>A DMARC record of the domain in From.</summary>
    NoDmarc = 8,
}

/// <summary>The words for faults in metrics and in the log.</summary>
internal static class BulkWords
{
    /// <summary>The faults with their words for metrics.</summary>
    public static readonly IReadOnlyList<(BulkFaults Fault, string Word)> All =
    [
        (BulkFaults.NoUnsubscribe, "no-list-unsubscribe"), (BulkFaults.NoOneClick, "no-one-click"),
        (BulkFaults.NotSigned, "not-signed"), (BulkFaults.NoDmarc, "no-dmarc"),
    ];

    /// <summary>The demand in words.</summary>
    public static string Demand(BulkFaults fault) => fault switch
    {
        BulkFaults.NoUnsubscribe => "a List-Unsubscribe field with an https address",
        BulkFaults.NoOneClick => "the field List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        BulkFaults.NotSigned => "a DKIM signature of the domain in From that covers List-Unsubscribe and List-Unsubscribe-Post",
        _ => "a DMARC record of the domain in From",
    };
}
