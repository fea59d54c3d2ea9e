using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>The Message-ID of a header as searches compare it: without angle brackets and bounded.</summary>
internal static class HeaderId
{
    // RFC 5322 section 2.1.1: a line has 998 characters at most.
    private const int MaxLength = 998;

    /// <summary>The id of an acceptance; null for other events and for messages without a Message-ID.</summary>
    public static string? Of(HistoryEvent one) =>
        one.Acceptance is { HeaderMessageId.Length: > 0 } acceptance ? Normalize(acceptance.HeaderMessageId) : null;

    /// <summary>The form for comparisons.</summary>
    public static string Normalize(string id)
    {
        var text = id.AsSpan().Trim();
        if (text is ['<', .. var inner, '>']) text = inner.Trim();
        return text[..Math.Min(text.Length, MaxLength)].ToString();
    }
}
