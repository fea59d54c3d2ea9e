namespace Postfleet.Authentication.Tests.Arc;

/// <summary>
/// Reads the ARC test suite of ValiMail: the part of YAML that it uses, of maps with plain, literal and folded texts. Four names are used
/// twice within a scenario; the later test counts, as in the suite's own runner.
/// </summary>
internal static class ArcSuite
{
    public static IEnumerable<Scenario> Read(string file)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Arc", "Suite", file));
        foreach (var document in text.Replace("\n--- \n", "\n---\n", StringComparison.Ordinal).Split("\n---\n"))
        {
            var lines = new Queue<string>(document.Split('\n'));
            yield return new Scenario(Map(lines, 0));
        }
    }

    private static Dictionary<string, object> Map(Queue<string> lines, int indent)
    {
        var map = new Dictionary<string, object>();
        while (lines.TryPeek(out var line))
        {
            if (line.Trim() is "" or "---" || line.TrimStart().StartsWith('#'))
            {
                lines.Dequeue();
                continue;
            }

            if (Indent(line) < indent) break;
            lines.Dequeue();
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) throw new FormatException(line);
            var value = line[(colon + 1)..].Trim();
            map[line[..colon].Trim().Trim('"')] = value switch
            {
                "|" => string.Concat(Block(lines, indent).Select(text => text + "\n")),
                ">-" => string.Join(' ', Block(lines, indent)),
                "" when lines.TryPeek(out var next) && Indent(next) > indent => Map(lines, Indent(next)),
                _ => value.Trim('"', '\''),
            };
        }

        return map;
    }

    // The lines that are indented more than the key, without their indentation and without empty lines at the end.
    private static List<string> Block(Queue<string> lines, int indent)
    {
        var block = new List<string>();
        while (lines.TryPeek(out var line) && (line.Trim().Length == 0 || Indent(line) > indent)) block.Add(lines.Dequeue());
        var shared = block.Where(line => line.Trim().Length > 0).Select(Indent).DefaultIfEmpty(0).First();
        while (block is [.., var last] && last.Trim().Length == 0) block.RemoveAt(block.Count - 1);
        return [.. block.Select(line => line.Length > shared ? line[shared..] : "")];
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ').Length;

    internal sealed class Scenario(Dictionary<string, object> map)
    {
        public string this[string key] => (string)map[key];

        public IEnumerable<(string Name, Dictionary<string, string> Test)> Tests => ((Dictionary<string, object>)map["tests"])
            .Select(test => (
                test.Key, ((Dictionary<string, object>)test.Value).ToDictionary(pair => pair.Key, pair => (string)pair.Value)));

        public IEnumerable<(string Name, string Record)> Records =>
            ((Dictionary<string, object>)map["txt-records"]).Select(record => (record.Key, (string)record.Value));
    }
}
