using System.Buffers;
using System.Globalization;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Classification;

/// <summary>The text of a reply as rules see it, and replies written as text.</summary>
internal static class ReplyText
{
    private const int CodeLength = 3;

    private static readonly SearchValues<char> StatusCharacters = SearchValues.Create("0123456789.");

    /// <summary>
    /// Writes a text as one line: line ends and runs of spaces become one space, so that a rule matches wherever a host breaks its lines.
    /// </summary>
    /// <param name="text">The text of a reply.</param>
    /// <param name="line">At least as long as the text.</param>
    /// <returns>The number of characters written.</returns>
    public static int WriteLine(ReadOnlySpan<char> text, Span<char> line)
    {
        var length = 0;
        foreach (var character in text)
        {
            if (character is not (' ' or '\n' or '\r' or '\t')) line[length++] = character;
            else if (length > 0 && line[length - 1] != ' ') line[length++] = ' ';
        }

        return length;
    }

    /// <summary>
    /// The enhanced code of a reply. Hosts without the extension write a code into the text behind a number sign: <c>(#5.1.1)</c>.
    /// </summary>
    public static EnhancedStatus? StatusOf(SmtpReply reply)
    {
        if (reply.Status is { } given) return given;
        var text = reply.Text.AsSpan();
        var at = text.IndexOf('#');
        if (at < 0) return null;
        text = text[(at + 1)..];
        var end = text.IndexOfAnyExcept(StatusCharacters);
        return EnhancedStatus.TryParse(end < 0 ? text : text[..end], out var status) && status.Class == reply.Code / 100 ? status : null;
    }

    /// <summary>
    /// Reads a reply as hosts send it, <c>421 4.7.0 text</c>. Further lines may repeat the code (<c>550-5.1.1 text</c>) or have none.
    /// </summary>
    /// <param name="text">The reply.</param>
    /// <param name="stage">The stage of the reply.</param>
    public static SmtpReply? TryParse(string text, ReplyStage stage)
    {
        if (text.Length < CodeLength
            || !int.TryParse(text.AsSpan(0, CodeLength), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            || code is < 400 or > 599 || (text.Length > CodeLength && text[CodeLength] is not (' ' or '-')))
        {
            return null;
        }

        var lines = text.Split('\n').Select(line => WithoutCode(line, text[..CodeLength])).ToArray();
        EnhancedStatus? status = EnhancedStatus.TryParsePrefix(lines[0], out var first) && first.Class == code / 100 ? first : null;
        var prefix = status?.ToString();
        var rest = lines.Select(line => prefix is not null && line.StartsWith(prefix, StringComparison.Ordinal)
            ? line[prefix.Length..].TrimStart() : line);
        return new SmtpReply(code, status, string.Join('\n', rest)) { Stage = stage };
    }

    private static string WithoutCode(string line, string code) =>
        line.StartsWith(code, StringComparison.Ordinal) && (line.Length == CodeLength || line[CodeLength] is ' ' or '-')
            ? line[Math.Min(CodeLength + 1, line.Length)..] : line;
}
