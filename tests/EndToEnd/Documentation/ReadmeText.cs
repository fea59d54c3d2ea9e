using System.Text.RegularExpressions;

namespace Postfleet.EndToEnd.Tests.Documentation;

/// <summary>Reads the blocks of README.md, so that tests run exactly its commands.</summary>
internal sealed partial class ReadmeText(string folder)
{
    private readonly string _text = File.ReadAllText(Path.Combine(folder, "README.md"));

    /// <summary>The commands of a section's shell blocks, without their comments.</summary>
    public IReadOnlyList<string> Commands(string section) =>
        [.. Blocks(section, "sh").SelectMany(block => block.Split('\n')).Select(line => Comment().Replace(line, "").Trim())
            .Where(line => line.Length > 0)];

    /// <summary>The blocks of a language in a section, unchanged.</summary>
    public IReadOnlyList<string> Blocks(string section, string language)
    {
        var start = _text.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        if (start < 0) throw new InvalidDataException($"README.md has no section '{section}'");
        var end = _text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        var text = end < 0 ? _text[start..] : _text[start..end];
        return [.. Block().Matches(text).Where(match => match.Groups["language"].Value == language)
            .Select(match => match.Groups["body"].Value)];
    }

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();
}
