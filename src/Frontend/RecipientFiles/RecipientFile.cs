using System.Text;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.RecipientFiles;

/// <summary>
/// Reads recipient files: in each line an address or an <c>@domain</c>, and its targets, as in the files of Postfix's
/// <c>virtual_alias_maps</c> (docs/recipients.md). Lines with <c>#</c> are comments, and lines that begin with white space continue the
/// line before.
/// </summary>
internal static class RecipientFile
{
    /// <summary>Most entries of all files together.</summary>
    public const int MaxEntries = 1_000_000;

    /// <summary>Longest entry with its continuation lines, in characters.</summary>
    public const int MaxEntryLength = RecipientEntry.MaxTargets * (Mailbox.MaxAddressLength + 2);

    // More than a million entries of usual length.
    private const long MaxLength = 128 << 20;

    private const string AllowedTargets = "allowed: addresses with commas between them, or for an @domain one @domain";

    /// <summary>Reads files.</summary>
    /// <param name="key">The key of the list of files, for faults.</param>
    /// <param name="files">The files; empty names are left out.</param>
    /// <param name="full">Returns the full path of a file.</param>
    /// <exception cref="StartFailureException">A file cannot be read, or a line is wrong. The message names the file.</exception>
    public static RecipientTable Read(string key, IReadOnlyList<string> files, Func<string, string> full)
    {
        var entries = new Dictionary<string, RecipientEntry>(StringComparer.Ordinal);
        foreach (var (index, file) in files.Index().Where(file => file.Item.Length > 0))
        {
            string? fault = null;
            var unread = FileFaults.Try(() => fault = ReadFile(full(file), entries));
            if (unread is not null) fault = $"{unread}; allowed: a file with addresses";
            if (fault is not null) throw new StartFailureException($"{key}:{index} is '{file}', which cannot be used: {fault}");
        }

        return new RecipientTable(entries);
    }

    /// <summary>Reads the lines of a file.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="entries">Gets the entries.</param>
    /// <returns>The first fault, with its line and what is allowed; null for none.</returns>
    public static string? Read(IEnumerable<string> lines, Dictionary<string, RecipientEntry> entries)
    {
        var entry = new StringBuilder();
        var first = 0;
        foreach (var (index, line) in lines.Index())
        {
            var text = line.AsSpan().Trim();
            if (text.IsEmpty || text[0] == '#') continue;
            if (char.IsWhiteSpace(line[0]))
            {
                if (first == 0) return $"line {index + 1}: '{Shown(text)}' continues no line; allowed: a line before it with an address";
                entry.Append(' ').Append(text);
            }
            else
            {
                if (Add(entry.ToString(), first, entries) is { } fault) return fault;
                entry.Clear().Append(text);
                first = index + 1;
            }

            if (entry.Length > MaxEntryLength)
                return $"line {first}: the entry has more than {MaxEntryLength} characters; allowed: at most {MaxEntryLength}";
        }

        return Add(entry.ToString(), first, entries);
    }

    private static string? ReadFile(string file, Dictionary<string, RecipientEntry> entries)
    {
        if (new FileInfo(file).Length > MaxLength) return $"it has more than {MaxLength >> 20} MiB; allowed: at most {MaxLength >> 20} MiB";
        return Read(File.ReadLines(file, new UTF8Encoding(false, throwOnInvalidBytes: true)), entries);
    }

    private static string? Add(string text, int line, Dictionary<string, RecipientEntry> entries)
    {
        if (line == 0) return null;
        var end = EndOfWord(text, 0);
        var name = text[..end];
        if (KeyOf(name) is not { } key)
            return $"line {line}: '{Shown(name)}' is neither an address nor a domain; allowed: an address or @domain, and its targets";
        if (EntryOf(text, end, key[0] == '@', out var fault) is not { } entry) return $"line {line}: {fault}";
        if (!entries.TryAdd(key, entry)) return $"line {line}: '{Shown(name)}' has an entry already; allowed: one entry for each";
        return entries.Count <= MaxEntries ? null
            : $"line {line}: the files have more than {MaxEntries} entries; allowed: at most {MaxEntries}";
    }

    private static string? KeyOf(string name)
    {
        if (name is ['@', ..]) return DomainName.TryParse(name[1..], out var domain) ? $"@{domain.Value}" : null;
        return Mailbox.TryParse(name, out var address) ? AddressKey.Of(address) : null;
    }

    private static RecipientEntry? EntryOf(string text, int start, bool isDomain, out string fault)
    {
        fault = "";
        List<Mailbox> targets = [];
        DomainName? other = null;
        for (var at = start; ;)
        {
            while (at < text.Length && IsSeparator(text[at])) at++;
            if (at == text.Length) break;
            var end = EndOfWord(text, at);
            var word = text[at..end];
            at = end;
            if (other is not null || targets.Count == RecipientEntry.MaxTargets)
            {
                fault = other is null ? $"there are more than {targets.Count} targets; allowed: at most {targets.Count}"
                    : $"target '{Shown(word)}' follows a domain; {AllowedTargets}";
                return null;
            }

            if (Mailbox.TryParse(word, out var target)) targets.Add(target);
            else if (isDomain && targets.Count == 0 && word is ['@', ..] && DomainName.TryParse(word[1..], out var domain)) other = domain;
            else
            {
                fault = $"target '{Shown(word)}' is not allowed; {AllowedTargets}";
                return null;
            }
        }

        if (other is { } alias) return new RecipientEntry(RecipientKind.DomainAlias, [], alias);
        if (targets.Count > 0) return new RecipientEntry(isDomain ? RecipientKind.CatchAll : RecipientKind.Alias, [.. targets]);
        return isDomain ? RecipientEntry.OpenDomain : RecipientEntry.Mailbox;
    }

    // The end of a word, which may have separators inside of quotes.
    private static int EndOfWord(string text, int start)
    {
        var isQuoted = false;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '"') isQuoted = !isQuoted;
            else if (isQuoted && text[i] == '\\') i++;
            else if (!isQuoted && IsSeparator(text[i])) return i;
        }

        return text.Length;
    }

    private static bool IsSeparator(char c) => c == ',' || char.IsWhiteSpace(c);

    private static string Shown(ReadOnlySpan<char> text)
    {
        const int MaxShown = 80;
        var shown = new string(text[..Math.Min(text.Length, MaxShown)]);
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }
}
