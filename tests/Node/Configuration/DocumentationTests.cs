using System.Text.RegularExpressions;
using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>
/// Compares <c>docs/configuration.md</c> with the table of keys. When a row is missing, the failure shows the correct section.
/// </summary>
public sealed partial class DocumentationTests(ITestOutputHelper output)
{
    private static readonly Lazy<string[]> Lines = new(() => File.ReadAllLines(FindDocument()));

    public static TheoryData<string> Sections => [.. ConfigurationTable.Table.Keys.Select(key => key.Segments[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Sections))]
    public void Every_key_is_documented_with_default_bounds_unit_and_example(string section)
    {
        var rows = ConfigurationTable.Table.Keys.Where(key => key.Segments[0] == section).Select(Row).ToList();
        output.WriteLine(string.Join('\n', rows));

        Assert.All(rows, row => Assert.Contains(row, Lines.Value));
    }

    [Fact]
    public void No_row_is_of_a_key_that_is_gone()
    {
        var known = ConfigurationTable.Table.Keys.Select(Row).ToHashSet();
        var rows = Lines.Value.Where(line => RowOfKey().IsMatch(line)).ToList();

        Assert.Equal(known.Count, rows.Count);
        Assert.Subset(known, rows.ToHashSet());
    }

    [GeneratedRegex(@"^\| `\w+:[\w:#]+` \|")]
    private static partial Regex RowOfKey();

    private static string Row(ConfigurationKey key)
    {
        var unit = key.Rule.Unit.Length > 0 ? key.Rule.Unit : "-";
        var meaning = key.IsReloaded ? $"{key.Meaning} Reloaded." : key.Meaning;
        return $"| `{key.Path}` | {KeyModel.DefaultText(key)} | {unit} | {key.Rule.Allowed} | `{key.Example}` | {meaning} |";
    }

    private static string FindDocument()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln"))) return Path.Combine(folder.FullName, "docs", "configuration.md");
        }

        throw new DirectoryNotFoundException($"no Cluster.sln above {AppContext.BaseDirectory}");
    }
}
