using System.Buffers;
using System.Text;

namespace Postfleet.Core.Mail;

/// <summary>
/// The grammar of a local part: Dot-string or Quoted-string (RFC 5321 section 4.1.2), with UTF-8 by RFC 6531 section 3.3.
/// </summary>
internal static class LocalPartGrammar
{
    // atext of RFC 5322 section 3.2.3.
    private static readonly SearchValues<char> Atext =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~");

    public static bool IsValid(ReadOnlySpan<char> local) =>
        IsText(local) && (local.Length >= 2 && local[0] == '"' && local[^1] == '"' ? IsQuotedContent(local[1..^1]) : IsDotString(local));

    // No control characters, of which Unicode has some above ASCII too. The replacement character stands for octets of invalid UTF-8, and
    // half a surrogate pair is enumerated as a replacement character: sent on, either would name another mailbox.
    private static bool IsText(ReadOnlySpan<char> local)
    {
        foreach (var rune in local.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar) return false;
        }

        return true;
    }

    private static bool IsDotString(ReadOnlySpan<char> local)
    {
        var afterDot = true;
        foreach (var c in local)
        {
            if (c == '.')
            {
                if (afterDot) return false;
                afterDot = true;
                continue;
            }

            if (!Atext.Contains(c) && c < 0x80) return false;
            afterDot = false;
        }

        return !afterDot;
    }

    /// <summary>A quoted local part without the quotes and backslashes that it does not need.</summary>
    /// <param name="quoted">A valid local part with quotes.</param>
    public static string Shortest(string quoted)
    {
        var text = new StringBuilder(quoted.Length);
        for (var i = 1; i < quoted.Length - 1; i++)
        {
            if (quoted[i] == '\\') i++;
            text.Append(quoted[i]);
        }

        var plain = text.ToString();
        return IsDotString(plain) ? plain : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
    }

    private static bool IsQuotedContent(ReadOnlySpan<char> content)
    {
        for (var i = 0; i < content.Length; i++)
        {
            var c = content[i];
            if (c == '\\' && ++i == content.Length) return false;
            if (c == '"') return false;
            // A quoted pair is ASCII alone (RFC 5321 section 4.1.2).
            if (c == '\\' && content[i] >= '\x7f') return false;
        }

        return true;
    }
}
