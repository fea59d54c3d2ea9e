using System.Text;
using System.Text.RegularExpressions;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>The messages that the evaluators of inbound mail are tested with, as mail of this site.</summary>
internal static partial class SignedCorpus
{
    /// <summary>All messages by name, with CRLF at the end, as SMTP sends them.</summary>
    public static IReadOnlyList<(string Name, byte[] Content)> Read()
    {
        List<(string, byte[])> messages = [];
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Dkim", "Corpus")).Order(StringComparer.Ordinal))
        {
            var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            // The messages of mail-auth have their keys in front, and lines that end with LF.
            if (file.EndsWith(".txt", StringComparison.Ordinal))
            {
                text = text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..].Replace("\r", "", StringComparison.Ordinal)
                    .Replace("\n", "\r\n", StringComparison.Ordinal);
            }

            Add(Path.GetFileNameWithoutExtension(file), text);
        }

        foreach (var (index, body) in OddMail.Bodies.Index()) Add($"odd{index}", $"{OddMail.Head}\r\n{body}");
        return messages;

        void Add(string name, string text)
        {
            if (!text.EndsWith("\r\n", StringComparison.Ordinal)) text += "\r\n";
            messages.Add(($"c-{name}", Encoding.Latin1.GetBytes(text)));
        }
    }

    /// <summary>The domains in From of a message.</summary>
    public static IEnumerable<string> DomainsOf(byte[] content) =>
        From().Matches(HeaderOf(content)).SelectMany(field => Domain().Matches(field.Value)).Select(match => match.Groups[1].Value);

    /// <summary>The signatures of this site at the top of a message, as <c>DOMAIN:s=SELECTOR</c>.</summary>
    public static IReadOnlyList<string> SignaturesOf(byte[] content) =>
        [.. Signature().Matches(Unfolded().Replace(HeaderOf(content), " ")).Select(match => $"{match.Groups[1]}:s={match.Groups[2]}")
            .TakeWhile(name => name.Contains(":s=own-", StringComparison.Ordinal))];

    private static string HeaderOf(byte[] content)
    {
        var text = Encoding.Latin1.GetString(content);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 2)];
    }

    [GeneratedRegex(@"^From:.*(\r\n[ \t].*)*", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex From();

    [GeneratedRegex(@"@([a-z0-9.-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Domain();

    [GeneratedRegex(@"^DKIM-Signature:.*?\bd=([^; ]+);.*?\bs=([^; ]+);", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Signature();

    [GeneratedRegex(@"\r\n[ \t]+")]
    private static partial Regex Unfolded();
}
