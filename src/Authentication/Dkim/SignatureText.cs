using System.Text;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// Writes the tags of a signature as a header field (RFC 6376 section 3.5), folded between tags and, where asked for, in long values. A
/// space stands before each tag and never a tab, since dkimpy finds the ARC-Message-Signature of a set by the text <c> i=1;</c>. Pure.
/// </summary>
/// <param name="name">The name of the field.</param>
internal sealed class SignatureText(string name)
{
    // Lines should have at most 78 characters (RFC 5322 section 2.1.1).
    private const int MaxLine = 76;

    private readonly List<(string Name, string Value, char Break)> _tags = [];

    /// <summary>Adds a tag that stays in one piece.</summary>
    public SignatureText Add(string tag, string value)
    {
        _tags.Add((tag, value, '\0'));
        return this;
    }

    /// <summary>Adds a tag whose value may be folded after each colon.</summary>
    public SignatureText AddNames(string tag, IEnumerable<string> names)
    {
        _tags.Add((tag, string.Join(':', names), ':'));
        return this;
    }

    /// <summary>Adds a tag with base64, which may be folded anywhere.</summary>
    public SignatureText AddOctets(string tag, ReadOnlySpan<byte> octets)
    {
        _tags.Add((tag, Convert.ToBase64String(octets), '='));
        return this;
    }

    /// <summary>The field without its last line end. What stands before the value of a last tag does not depend on the value.</summary>
    public byte[] ToOctets()
    {
        var text = new StringBuilder(name).Append(':');
        var column = text.Length;
        for (var i = 0; i < _tags.Count; i++)
        {
            var (tag, value, mayBreak) = _tags[i];
            var end = i + 1 < _tags.Count ? ";" : "";
            var first = mayBreak == '\0' ? value.Length : 0;
            if (mayBreak == '=' || column + tag.Length + first + 3 > MaxLine)
            {
                text.Append("\r\n ");
                column = 1;
            }
            else
            {
                text.Append(' ');
                column++;
            }

            text.Append(tag).Append('=');
            column += tag.Length + 1;
            foreach (var piece in Pieces(value, mayBreak))
            {
                if (mayBreak != '\0' && column + piece.Length + 1 > MaxLine && column > 1)
                {
                    text.Append("\r\n ");
                    column = 1;
                }

                text.Append(piece);
                column += piece.Length;
            }

            text.Append(end);
            column += end.Length;
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IEnumerable<string> Pieces(string value, char mayBreak) => mayBreak switch
    {
        ':' => value.Split(':').Select((name, index) => index == 0 ? name : ":" + name),
        '=' => value.Chunk(MaxLine - 12).Select(piece => new string(piece)),
        _ => [value],
    };
}
