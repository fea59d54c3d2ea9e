using System.Text;

namespace Postfleet.Core.Returns;

/// <summary>
/// Header fields of a message or of a part, or the fields of a machine-readable report (RFC 3464 section 2.1). Names are in any case. At
/// most <see cref="MaxFields"/> are read.
/// </summary>
internal sealed class ReportFields
{
    /// <summary>The most fields of a group; more are ignored.</summary>
    public const int MaxFields = 500;

    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <summary>The first value of a field, without line ends; empty if there is none.</summary>
    public string this[string name] => All(name).FirstOrDefault() ?? "";

    /// <summary>The number of fields.</summary>
    public int Count => _fields.Count;

    /// <summary>All values of a field.</summary>
    public IEnumerable<string> All(string name) =>
        _fields.Where(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    /// <summary>Whether a field is there.</summary>
    public bool Has(string name) => All(name).Any();

    /// <summary>Reads fields up to the first line that belongs to none.</summary>
    /// <param name="text">Fields, and perhaps an empty line and a body.</param>
    /// <param name="rest">The text behind the fields and the empty line.</param>
    public static ReportFields Read(string text, out string rest)
    {
        var fields = new ReportFields();
        var at = 0;
        StringBuilder? value = null;
        var name = "";
        while (at < text.Length)
        {
            var end = text.IndexOf('\n', at);
            var line = text.AsSpan(at, (end < 0 ? text.Length : end) - at);
            if (line.IsEmpty) break;
            if (value is not null && line[0] is ' ' or '\t')
            {
                value.Append(' ').Append(line.Trim());
            }
            else
            {
                var colon = line.IndexOf(':');
                // A mailbox begins with such a line.
                if (!IsName(line, colon) && !(at == 0 && line.StartsWith("From "))) break;
                fields.Add(name, value);
                name = line[..Math.Max(colon, 0)].TrimEnd().ToString();
                value = IsName(line, colon) ? new StringBuilder().Append(line[(colon + 1)..].Trim()) : null;
            }

            at = end < 0 ? text.Length : end + 1;
        }

        fields.Add(name, value);
        rest = at < text.Length && text[at] == '\n' ? text[(at + 1)..] : text[at..];
        return fields;
    }

    /// <summary>Reads groups of fields that empty lines separate, such as those of a delivery status.</summary>
    /// <param name="text">The groups.</param>
    /// <param name="first">A field that begins a group even where no empty line precedes it.</param>
    public static IReadOnlyList<ReportFields> ReadGroups(string text, string first)
    {
        var groups = new List<ReportFields>();
        foreach (var block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Take(2 * ReturnedMail.MaxRecipients))
        {
            var all = Read(block.TrimStart('\n'), out _);
            ReportFields? group = null;
            foreach (var field in all._fields)
            {
                if (group is null || (field.Key.Equals(first, StringComparison.OrdinalIgnoreCase) && group.Has(first)))
                {
                    groups.Add(group = new ReportFields());
                }

                group._fields.Add(field);
            }
        }

        return groups;
    }

    private static bool IsName(ReadOnlySpan<char> line, int colon)
    {
        if (colon <= 0) return false;
        var name = line[..colon].TrimEnd();
        return !name.IsEmpty && !name.ContainsAnyExceptInRange('!', '~');
    }

    private void Add(string name, StringBuilder? value)
    {
        if (value is not null && _fields.Count < MaxFields) _fields.Add(new KeyValuePair<string, string>(name, value.ToString().Trim()));
    }
}
