namespace Postfleet.Delivery.Mime;

/// <summary>Finds the positions at which long header lines are folded (RFC 5322 section 2.2.3). Pure.</summary>
internal static class HeaderFolder
{
    private static readonly byte[] Breaks = [.. ",;>"u8];

    /// <summary>
    /// The length of the first piece of a line that is too long. The preferred fold is before the last white space that fits, so that
    /// unfolding restores the field. Otherwise the fold is after a comma, semicolon or angle bracket, where added white space is harmless;
    /// otherwise at the limit, without splitting a UTF-8 character.
    /// </summary>
    /// <param name="line">The rest of the line.</param>
    /// <param name="min">The first position at which a fold is allowed: after the field name, or after leading white space.</param>
    /// <param name="max">The maximum length of the piece in octets.</param>
    public static int Fold(ReadOnlySpan<byte> line, int min, int max)
    {
        for (var at = max; at > min; at--)
            if (line[at] is (byte)' ' or (byte)'\t' && line[at - 1] is not ((byte)' ' or (byte)'\t')) return at;
        if (line[min..max].LastIndexOfAny(Breaks) is >= 0 and var found) return min + found + 1;
        for (var at = max; at > Math.Max(min, max - 4); at--) if ((line[at] & 0xC0) != 0x80) return at;
        return max;
    }

    /// <summary>The first position at which a line may be folded.</summary>
    public static int MinFold(ReadOnlySpan<byte> line)
    {
        var min = line[0] is (byte)' ' or (byte)'\t' ? 0 : line.IndexOf((byte)':') + 1;
        while (min < line.Length && line[min] is (byte)' ' or (byte)'\t') min++;
        return min < LongLines.Max ? min : 1;
    }
}
