using System.Globalization;
using System.Text;
using Xunit;

namespace Postfleet.Node.Tests.Logging;

/// <summary>Parses a text line as a log collector would. It follows the description of the format and not the code of the writer.</summary>
internal static class LineParser
{
    /// <summary>Returns time, level, event and the fields in order. Throws for any other line.</summary>
    public static (string Time, string Level, string Event, List<(string Name, string Value)> Fields) Parse(string line)
    {
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        var rest = line[..^1];
        var time = Word(ref rest);
        var level = Word(ref rest);
        // The event is all words before the first word with an equals sign.
        var words = new List<string>();
        while (rest.Length > 0 && !rest.Split(' ')[0].Contains('=')) words.Add(Word(ref rest));
        var fields = new List<(string, string)>();
        while (rest.Length > 0)
        {
            var equals = rest.IndexOf('=');
            var name = rest[..equals];
            Assert.DoesNotContain(' ', name);
            rest = rest[(equals + 1)..];
            fields.Add((name, rest.StartsWith('"') ? Quoted(ref rest) : Word(ref rest)));
        }

        return (time, level, string.Join(' ', words), fields);
    }

    private static string Word(ref string rest)
    {
        var end = rest.IndexOf(' ');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? "" : rest[(end + 1)..];
        return word;
    }

    private static string Quoted(ref string rest)
    {
        var text = new StringBuilder();
        for (var i = 1; ; i++)
        {
            switch (rest[i])
            {
                case '"':
                    Assert.True(i + 1 == rest.Length || rest[i + 1] == ' ', "A quoted value ends at a space or with the line.");
                    rest = i + 1 == rest.Length ? "" : rest[(i + 2)..];
                    return text.ToString();
                case '\\' when rest[i + 1] == 'u':
                    text.Append((char)ushort.Parse(rest.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    i += 5;
                    break;
                case '\\':
                    text.Append(rest[++i] switch
                    {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        var c and ('"' or '\\') => c,
                        var c => throw new FormatException($"\\{c}")
                    });
                    break;
                default:
                    text.Append(rest[i]);
                    break;
            }
        }
    }
}
