using System.Buffers;

namespace Postfleet.Core.Mail;

/// <summary>
/// The rule for lines of a header: a line that neither begins a field nor continues one ends the header, and the body begins there, as with
/// Postfix and Exim. All readers of headers follow it, so that they agree on the fields of a message. Pure.
/// </summary>
public static class HeaderLine
{
    /// <summary>
    /// Whether a line begins a field: a name of printable ASCII, perhaps white space, and a colon (RFC 5322 sections 2.2 and 4.5).
    /// </summary>
    /// <param name="line">The line; what follows its colon does not matter.</param>
    public static bool BeginsField(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        return colon > 0 && IsName(line[..colon]);
    }

    /// <inheritdoc cref="BeginsField(ReadOnlySpan{byte})"/>
    public static bool BeginsField(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment) return BeginsField(line.FirstSpan);
        if (line.PositionOf((byte)':') is not { } colon) return false;
        var reader = new SequenceReader<byte>(line.Slice(0, colon));
        var (hasName, hasSpace) = (false, false);
        while (reader.TryRead(out var octet))
        {
            if (octet is (byte)' ' or (byte)'\t') hasSpace = true;
            else if (hasSpace || octet is < (byte)'!' or > (byte)'~') return false;
            else hasName = true;
        }

        return hasName;
    }

    /// <summary>Whether a line continues the field before it.</summary>
    public static bool Continues(byte first) => first is (byte)' ' or (byte)'\t';

    private static bool IsName(ReadOnlySpan<byte> octets)
    {
        var name = octets.TrimEnd(" \t"u8);
        return !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }
}
