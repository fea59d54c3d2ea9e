using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;

namespace Postfleet.Signing.Bulk;

/// <summary>Looks into the header of bulk mail for the fields and signatures that mailbox providers demand. Pure.</summary>
internal static class BulkContent
{
    private const string Unsubscribe = "List-Unsubscribe";
    private const string Post = "List-Unsubscribe-Post";

    // Receivers verify few signatures of a message.
    private const int MaxSignatures = 10;

    /// <summary>What a message lacks, without what the DNS has.</summary>
    /// <param name="header">The header with its signatures.</param>
    /// <param name="author">The domain in From.</param>
    public static BulkFaults Faults(MessageHeader header, DomainName author)
    {
        var faults = BulkFaults.None;
        // Each field may be there once (RFC 8058 section 3.1); readers take an address in angle brackets (RFC 2369 section 2).
        if (header.Named(Unsubscribe) is not [var one] || !HasHttps(header.Text(one))) faults |= BulkFaults.NoUnsubscribe;
        if (header.Named(Post) is not [var post] || !IsOneClick(header.Text(post))) faults |= BulkFaults.NoOneClick;
        if (!header.Named("DKIM-Signature").Take(MaxSignatures).Any(field => Covers(header, field, author))) faults |= BulkFaults.NotSigned;
        return faults;
    }

    private static bool HasHttps(string value)
    {
        for (var at = 0; (at = value.IndexOf('<', at)) >= 0; at++)
            if (value.AsSpan(at + 1).TrimStart().StartsWith("https://", StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static bool IsOneClick(string value) => value.Equals("List-Unsubscribe=One-Click", StringComparison.OrdinalIgnoreCase);

    private static bool Covers(MessageHeader header, HeaderField field, DomainName author)
    {
        if (!TagList.TryParse(header.Value(field), out var tags, out _)) return false;
        if (tags["d"] is not { } text || !DomainName.TryParse(text, out var domain) || !IsAligned(domain.Value, author.Value)) return false;
        var names = (tags["h"] ?? "").Split(':', StringSplitOptions.TrimEntries);
        return names.Contains(Unsubscribe, StringComparer.OrdinalIgnoreCase) && names.Contains(Post, StringComparer.OrdinalIgnoreCase);
    }

    // Relaxed alignment, without the organizational domain, which needs the DNS: the one is the other, or below it.
    private static bool IsAligned(string one, string other) => one == other
        || one.EndsWith($".{other}", StringComparison.Ordinal) || other.EndsWith($".{one}", StringComparison.Ordinal);
}
