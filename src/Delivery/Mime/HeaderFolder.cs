namespace Postfleet.Delivery.Mime;

/// <summary>Where lines of a header that are too long are folded (RFC 5322 section 2.2.3).</summary>
internal static class HeaderFolder
{
    private static readonly byte[] Breaks = [.. ",;>"u8];

    /// <summary>
    /// How much of a line that is too long stays on it: up to the last white space, which then begins the next line, so that unfolding
    /// gives what was there before.
    /// Where there is none, up to a comma, semicolon or angle bracket, behind which white space is harmless; else what fits, without
    /// cutting a character of UTF-8.
    /// </summary>
    /// <param name="line">The line from here on.</param>
    /// <param name="least">Where a fold may be at the earliest: behind the field's name, or the white space at the start.</param>
    /// <param name="most">How many octets the line may have.</param>
    public static int Fold(ReadOnlySpan<byte> line, int least, int most)
    {
        for (var at = most; at > least; at--)
            if (line[at] is (byte)' ' or (byte)'\t' && line[at - 1] is not ((byte)' ' or (byte)'\t')) return at;
        if (line[least..most].LastIndexOfAny(Breaks) is >= 0 and var found) return least + found + 1;
        for (var at = most; at > Math.Max(least, most - 4); at--) if ((line[at] & 0xC0) != 0x80) return at;
        return most;
    }

    /// <summary>Where the first fold of a line may be.</summary>
    public static int Least(ReadOnlySpan<byte> line)
    {
        var least = line[0] is (byte)' ' or (byte)'\t' ? 0 : line.IndexOf((byte)':') + 1;
        while (least < line.Length && line[least] is (byte)' ' or (byte)'\t') least++;
        return least < LongLines.Max ? least : 1;
    }
}
