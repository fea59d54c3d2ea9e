using System.Buffers;
using System.Text;

namespace Postfleet.Core.Returns;

/// <summary>The lines of a notice that have a meaning: where the returned message begins, and where a recipient is named.</summary>
internal static class NoticeEnd
{
    private static readonly string[] Markers =
    [
        "below this line is", "this is a copy of", "unsent message follows", "original message", "returned message", "message header",
        "message text follows", "message follows", "header of", "returned mail follows", "copy of the message", "the mail message",
        "message contents follow", "your message reads", "received message follows", "forwarded message", "original mail",
        "undelivered message",
    ];

    private static readonly string[] Starts =
    [
        "Received: ", "Return-Path: ", "Return-path: ", "Message-ID: ", "Message-Id: ", "X-Received: ", "DKIM-Signature: ",
    ];

    private static readonly SearchValues<char> Codes = SearchValues.Create("0123456789. ");

    private static readonly string[] Prefixes =
    [
        "recipient", "rcpt to", "address", "user", "could not be delivered to", "recipient address", "for", "failed recipient", "e-mail",
        "email", "could not send message to",
    ];

    /// <summary>Parts a notice from the returned message behind it.</summary>
    public static (string Text, string Original) Split(string content)
    {
        for (var at = 0; at < content.Length;)
        {
            var end = content.IndexOf('\n', at);
            if (end < 0) end = content.Length;
            var line = content.AsSpan(at, end - at).Trim();
            if (IsStart(content.AsSpan(at, end - at))) return (content[..at], content[at..]);
            if (IsMarker(line)) return (content[..at], end < content.Length ? content[(end + 1)..] : "");
            at = end + 1;
        }

        return (content, "");
    }

    /// <summary>The address with which a line begins, perhaps behind a code; null if it begins with none.</summary>
    public static (string Address, int End)? RecipientOf(ReadOnlySpan<char> line)
    {
        if (ReportAddress.Find(line) is not { } found) return null;
        var before = line[..found.Start].Trim();
        // What may precede: "<", "550 5.1.1 <", "To: <", "* ", "Recipient: ".
        if (before.Length > 24 || before.IndexOf('@') >= 0) return null;
        var isOpen = before.EndsWith("<");
        var words = before.TrimEnd("<:=-* ");
        if (!words.IsEmpty && !IsPrefix(words)) return null;
        var rest = line[found.End..].TrimStart(isOpen ? "> " : " ");
        return rest.IsEmpty || rest[0] is ':' or '.' or ',' or '(' or '-' or ';' or '[' || words.IsEmpty
            ? (found.Address, found.End) : null;
    }

    /// <summary>The text of HTML: tags become line ends. Enough for notices without a plain part.</summary>
    public static string FromHtml(string html)
    {
        var text = new StringBuilder(html.Length);
        var isTag = false;
        foreach (var each in html)
        {
            if (each == '<') isTag = true;
            else if (each == '>' && isTag)
            {
                isTag = false;
                text.Append('\n');
            }
            else if (!isTag) text.Append(each);
        }

        return text.Replace("&lt;", "<").Replace("&gt;", ">").Replace("&nbsp;", " ").ToString();
    }

    private static bool IsPrefix(ReadOnlySpan<char> words)
    {
        if (words[0] is '4' or '5') return !words.ContainsAnyExcept(Codes);
        foreach (var each in Prefixes)
        {
            if (words.Equals(each, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static bool IsStart(ReadOnlySpan<char> line)
    {
        foreach (var start in Starts) if (line.StartsWith(start)) return true;
        return false;
    }

    private static bool IsMarker(ReadOnlySpan<char> line)
    {
        if (line.Length is < 5 or > 120) return false;
        if (line[0] is not ('-' or '*' or '=' or '_' or '+' or '|') && !line.TrimEnd(".:").EndsWith(" follows")) return false;
        foreach (var marker in Markers) if (line.Contains(marker, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
