namespace Postfleet.Frontend.Rewriting;

/// <summary>
/// Finds the addresses in the value of a header field (RFC 5322 section 3.4): in angle brackets or alone, in groups, with comments, quoted
/// names, encoded words and folds around them. An address with white space or comments inside is left out, and so is all that follows
/// a fault of the syntax, such as a quote without an end. Pure.
/// </summary>
internal static class AddressSpans
{
    /// <summary>Finds the addresses.</summary>
    /// <param name="value">The value, with its line ends.</param>
    /// <param name="most">Most addresses; the rest is left out.</param>
    /// <returns>The places of the addresses, in order: the offset of the first octet and behind the last.</returns>
    public static List<Range> Find(ReadOnlySpan<byte> value, int most)
    {
        var found = new List<Range>();
        for (var at = 0; at < value.Length && found.Count < most;)
        {
            var end = EndOfElement(value, at, out var isFaulty);
            if (isFaulty) break;
            // A colon ends the name of a group.
            var isGroup = end < value.Length && value[end] == ':';
            if (!isGroup && AddressOf(value, at, end) is { } address) found.Add(address);
            at = end + 1;
        }

        return found;
    }

    // An element ends before a comma, a semicolon, the colon of a group, or at the end of the value.
    private static int EndOfElement(ReadOnlySpan<byte> value, int start, out bool isFaulty)
    {
        var (isInAngle, hasAngle) = (false, false);
        isFaulty = false;
        for (var i = start; i < value.Length; i++)
        {
            switch (value[i])
            {
                case (byte)'"' or (byte)'(' or (byte)'[':
                    i = EndOfQuotation(value, i);
                    isFaulty |= i >= value.Length;
                    break;
                case (byte)'<':
                    isFaulty |= hasAngle;
                    isInAngle = hasAngle = true;
                    break;
                case (byte)'>':
                    isFaulty |= !isInAngle;
                    isInAngle = false;
                    break;
                case (byte)'\\' or (byte)')' or (byte)']':
                    isFaulty = true;
                    break;
                case (byte)',' or (byte)';' or (byte)':' when !isInAngle:
                    return i;
            }

            if (isFaulty) return value.Length;
        }

        isFaulty |= isInAngle;
        return value.Length;
    }

    // The offset of the closing character; the length for none. Comments may be nested.
    private static int EndOfQuotation(ReadOnlySpan<byte> value, int start)
    {
        var open = value[start];
        var close = open switch { (byte)'"' => (byte)'"', (byte)'(' => (byte)')', _ => (byte)']' };
        var depth = 0;
        for (var i = start; i < value.Length; i++)
        {
            if (value[i] == '\\') i++;
            else if (value[i] == close && (open != '"' || i > start) && --depth <= 0) return i;
            else if (value[i] == open && open != '"') depth++;
        }

        return value.Length;
    }

    private static Range? AddressOf(ReadOnlySpan<byte> value, int start, int end)
    {
        var (from, to) = (start, end);
        for (var i = start; i < end; i++)
        {
            if (value[i] is (byte)'"' or (byte)'(' or (byte)'[') i = EndOfQuotation(value, i);
            else if (value[i] == '<') from = i + 1;
            else if (value[i] == '>') to = i;
        }

        from = SkipRoute(value, from, to);
        var (first, last) = (-1, -1);
        for (var i = from; i < to; i++)
        {
            if (value[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') continue;
            if (value[i] == '(')
            {
                i = EndOfQuotation(value, i);
                continue;
            }

            // A quote may seem to begin here, if the route was none.
            if (value[i] is (byte)'"' or (byte)'[' && EndOfQuotation(value, i) >= to) return null;

            // Something stood before the white space or comment: words, or an address with such inside.
            if (first >= 0 && last != i) return null;
            if (first < 0) first = i;
            if (value[i] is (byte)'"' or (byte)'[') i = EndOfQuotation(value, i);
            last = i + 1;
        }

        return first < 0 ? null : first..last;
    }

    // An obsolete route (RFC 5322 section 4.4): <@a.example,@b.example:user@c.example>.
    private static int SkipRoute(ReadOnlySpan<byte> value, int from, int to)
    {
        var first = value[from..to].IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0 || value[from + first] != '@') return from;
        var colon = value[from..to].IndexOf((byte)':');
        return colon < 0 ? from : from + colon + 1;
    }
}
