using System.Text.RegularExpressions;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>Reads the reply to the client that a filter gives (SMFIR_REPLYCODE). Pure.</summary>
internal static partial class MilterReplyText
{
    // libmilter allows 32 lines.
    private const int MaxLines = 32;

    /// <summary>Reads a reply.</summary>
    /// <param name="text">The text, one line or several.</param>
    /// <returns>The lines, each with its code, an enhanced code and a text.</returns>
    /// <exception cref="FilterException">The reply is malformed.</exception>
    public static IReadOnlyList<string> Read(string text)
    {
        var lines = text.TrimEnd('\r', '\n').Split('\n', MaxLines + 1);
        if (lines.Length > MaxLines) throw FilterException.Malformed($"its reply has more than {MaxLines} lines");
        List<string> read = [];
        foreach (var line in lines)
        {
            var match = Line().Match(line.TrimEnd('\r'));
            if (!match.Success || match.Groups["code"].Value != lines[0][..3])
                throw FilterException.Malformed("its reply does not begin with a code of class 4 or 5");
            var code = match.Groups["code"].Value;
            // The class of the enhanced code follows the code (RFC 2034 section 4).
            var status = match.Groups["status"].Success ? $"{code[0]}{match.Groups["status"].Value}" : $"{code[0]}.7.1";
            // Percent signs are doubled, as for sendmail.
            read.Add($"{code} {status} {match.Groups["text"].Value.Replace("%%", "%", StringComparison.Ordinal).TrimStart()}");
        }

        return read;
    }

    [GeneratedRegex(@"^(?<code>[45][0-5]\d)(?:[ -](?:[245](?<status>\.\d{1,3}\.\d{1,3})(?=\s|$))?(?<text>.*))?$", RegexOptions.Singleline)]
    private static partial Regex Line();
}
