using System.Text;

namespace Postfleet.QueueActors.Notifications;

/// <summary>
/// Writes the fields of a delivery status (RFC 3464). By hand, since the encoded words that a mail library puts into long or strange header
/// fields mean nothing in these; what other servers said is untrusted, and must not make fields of its own.
/// </summary>
internal sealed class StatusFields
{
    private const int LineLength = 76;

    /// <summary>A word is cut when it is longer than this, well below the 998 octets of a line (RFC 5322 section 2.1.1).</summary>
    private const int MaxWord = 900;

    private readonly StringBuilder _text = new();

    /// <summary>Adds a field; its value is made plain ASCII on one logical line, and is folded.</summary>
    public StatusFields Add(string name, string value)
    {
        _text.Append(name).Append(':');
        var column = name.Length + 1;
        foreach (var word in Plain(value).Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(Cut))
        {
            // The first word stays beside the name: a line of white space alone would end the fields for some parsers.
            if (column + 1 + word.Length > LineLength && column > name.Length + 1)
            {
                _text.Append("\r\n");
                column = 0;
            }

            _text.Append(' ').Append(word);
            column += 1 + word.Length;
        }

        _text.Append("\r\n");
        return this;
    }

    /// <summary>Adds a field whose value is an address or another thing in which white space counts: it is neither folded nor cut.</summary>
    public StatusFields AddWhole(string name, string value)
    {
        _text.Append(name).Append(": ").Append(Plain(value)).Append("\r\n");
        return this;
    }

    /// <summary>Ends a group of fields.</summary>
    public StatusFields EndGroup()
    {
        _text.Append("\r\n");
        return this;
    }

    public byte[] ToOctets() => Encoding.ASCII.GetBytes(_text.ToString());

    /// <summary>A reply on one line without control characters.</summary>
    public static string Printable(string text) => string.Create(text.Length, text, static (chars, text) =>
    {
        for (var i = 0; i < chars.Length; i++) chars[i] = text[i] is '\r' or '\n' or '\t' ? ' ' : char.IsControl(text[i]) ? '?' : text[i];
    });

    private static string Plain(string text) => string.Create(text.Length, text, static (chars, text) =>
    {
        for (var i = 0; i < chars.Length; i++) chars[i] = text[i] is '\r' or '\n' or '\t' ? ' ' : text[i] is < ' ' or > '~' ? '?' : text[i];
    });

    private static IEnumerable<string> Cut(string word) => word.Chunk(MaxWord).Select(chars => new string(chars));
}
