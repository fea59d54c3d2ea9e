namespace Postfleet.Contracts.Operations;

/// <summary>
/// Patterns in which <c>*</c> stands for any text, compared in any case (ASCII). Linear in the lengths of pattern and text.
/// </summary>
public static class Glob
{
    /// <summary>Whether a text matches a pattern as a whole.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var (p, t, star, from) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, from) = (p++, t);
            else if (p < pattern.Length && IsSame(pattern[p], text[t])) (p, t) = (p + 1, t + 1);
            // The last star takes one character more.
            else if (star >= 0) (p, t) = (star + 1, ++from);
            else return false;
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    private static bool IsSame(char left, char right) =>
        left == right || ((left | 0x20) == (right | 0x20) && char.IsAsciiLetter(left) && char.IsAsciiLetter(right));
}
