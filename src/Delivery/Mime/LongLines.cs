using System.Buffers;

namespace Postfleet.Delivery.Mime;

/// <summary>
/// Finds lines longer than the 998 octets (without CRLF) that RFC 5321 section 4.5.3.1.6 and RFC 5322 section 2.1.1 allow. Pure.
/// </summary>
internal static class LongLines
{
    /// <summary>The maximum length of a line in octets, without its CRLF.</summary>
    public const int Max = 998;

    private const int Whole = Max + 2;

    /// <summary>
    /// Whether a line is too long. Each block of 1,000 octets is searched backwards for a line end, so that only about a tenth of ordinary
    /// text is read.
    /// </summary>
    public static bool Any(ReadOnlySpan<byte> text)
    {
        while (text.Length >= Whole)
        {
            var end = text[..Whole].LastIndexOf((byte)'\n');
            if (end < 0) return true;
            text = text[(end + 1)..];
        }

        return text.Length > Max && !text.Contains((byte)'\n');
    }

    /// <inheritdoc cref="Any(ReadOnlySpan{byte})"/>
    public static bool Any(ReadOnlySequence<byte> text)
    {
        if (text.IsSingleSegment) return Any(text.FirstSpan);
        var open = 0;
        foreach (var segment in text)
        {
            var rest = segment.Span;
            if (open > 0)
            {
                var end = rest[..Math.Min(rest.Length, Whole - open)].LastIndexOf((byte)'\n');
                if (end < 0)
                {
                    open += rest.Length;
                    if (open >= Whole) return true;
                    continue;
                }

                rest = rest[(end + 1)..];
            }

            while (rest.Length >= Whole)
            {
                var end = rest[..Whole].LastIndexOf((byte)'\n');
                if (end < 0) return true;
                rest = rest[(end + 1)..];
            }

            open = rest.Length - rest.LastIndexOf((byte)'\n') - 1;
        }

        return open > Max;
    }
}
