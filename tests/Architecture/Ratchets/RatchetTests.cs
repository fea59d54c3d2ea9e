using System.Text.RegularExpressions;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>Sizes of sources and documents, and circles between folders and types: the lists of exceptions may only shrink.</summary>
public sealed partial class RatchetTests
{
    private const int MaxLine = 140;
    private const int MaxLines = 250;

    [Fact]
    public void Lines_of_sources_have_at_most_140_characters() => Ratchet.Check("long-lines", Count(Repository.AllSources(), LongLines));

    [Fact]
    public void Lines_of_documents_have_at_most_140_characters() =>
        Ratchet.Check("long-document-lines", Count(Documents(), lines => LongLines([.. lines.Where(line => !line.StartsWith('|'))])));

    [Fact]
    public void Files_have_at_most_250_lines() =>
        Ratchet.Check("long-files", Count(Repository.AllSources(), lines => lines.Length > MaxLines ? lines.Length : 0));

    [Fact]
    public void No_two_folders_of_a_module_use_each_other() => Ratchet.Check("folder-circles", Circles(type => type.Namespace));

    [Fact]
    public void No_two_types_of_a_module_use_each_other() => Ratchet.Check("type-circles", Circles(type => type.Name));

    [Fact]
    public void Roles_have_their_words_in_one_place() =>
        // In Cli the words are verbs and members of answers, and in hooks members of requests.
        Assert.Equal(
            ["src/Contracts/NodeRoles.cs"],
            FilesWith(RoleWord()).Where(file => !file.StartsWith("src/Cli/", StringComparison.Ordinal)
                && !file.StartsWith("src/Frontend/Filters/Hooks/", StringComparison.Ordinal)));

    [Fact]
    public void Targets_of_routes_have_their_words_in_one_place() =>
        // In Dns and Authentication the words are types of DNS records, mechanisms of SPF and policies of DMARC, in policies about TLS
        // the names of fields, and in hooks actions.
        Assert.Equal(
            ["src/Delivery/Options/TargetWords.cs"],
            FilesWith(TargetWord()).Where(file => !file.StartsWith("src/Dns/", StringComparison.Ordinal)
                && !file.StartsWith("src/Delivery/Security/", StringComparison.Ordinal)
                && !file.StartsWith("src/Authentication/", StringComparison.Ordinal)
                && !file.StartsWith("src/Frontend/Filters/Hooks/", StringComparison.Ordinal)));

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories));

    private static IEnumerable<string> FilesWith(Regex word) =>
        Repository.AllSources("src").Where(file => File.ReadLines(file)
                .Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && word.IsMatch(line)))
            .Select(Repository.Name);

    private static int LongLines(string[] lines) => lines.Count(line => line.Length > MaxLine);

    private static Dictionary<string, int> Count(IEnumerable<string> files, Func<string[], int> count) =>
        files.Select(file => (Name: Repository.Name(file), Count: count(File.ReadAllLines(file)))).Where(file => file.Count > 0)
            .ToDictionary(file => file.Name, file => file.Count);

    // The nodes on a circle through another node, with the number of nodes on the circle. Generated types are left out.
    private static Dictionary<string, int> Circles(Func<ScannedType, string> node)
    {
        var found = new Dictionary<string, int>();
        foreach (var module in Repository.Modules)
        {
            var types = ScannedAssembly.Of(Repository.AssemblyPath(module)).Types
                .Where(type => type.Name.StartsWith("Postfleet.", StringComparison.Ordinal))
                .Where(type => !type.Namespace.EndsWith(".Wire", StringComparison.Ordinal))
                .ToDictionary(type => type.Name);
            var edges = types.Values.GroupBy(node).ToDictionary(
                group => group.Key,
                group => group.SelectMany(type => type.References).Where(types.ContainsKey).Select(name => node(types[name]))
                    .Where(other => other != group.Key).ToHashSet());
            var reach = edges.Keys.ToDictionary(from => from, from => Reached(from, edges));
            foreach (var (from, to) in reach.Where(pair => pair.Value.Contains(pair.Key)))
                found[from] = to.Count(other => reach[other].Contains(from));
        }

        return found;
    }

    private static HashSet<string> Reached(string from, Dictionary<string, HashSet<string>> edges)
    {
        HashSet<string> seen = [];
        Stack<string> next = new(edges[from]);
        while (next.TryPop(out var node))
        {
            if (!seen.Add(node)) continue;
            foreach (var other in edges[node]) next.Push(other);
        }

        return seen;
    }

    [GeneratedRegex("\"(frontend|queue|delivery)\"")]
    private static partial Regex RoleWord();

    [GeneratedRegex("\"(mx|capture|discard|reject)\"")]
    private static partial Regex TargetWord();
}
