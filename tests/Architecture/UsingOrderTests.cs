using System.Text.RegularExpressions;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// The using directives of a file are in order: namespaces, then static types, then aliases; System first, then by name. The compiler has
/// no rule for it.
/// </summary>
public sealed partial class UsingOrderTests
{
    [Fact]
    public void Usings_are_in_order() => Assert.Empty(
        Repository.AllSources().Where(file => FirstOutOfOrder(File.ReadLines(file)) is not null).Select(Repository.Name));

    [Theory]
    [InlineData("using B;\nusing A;", "using A;")]
    [InlineData("using A;\nusing System.Net;", "using System.Net;")]
    [InlineData("using static A.B;\nusing A;", "using A;")]
    [InlineData("using X = A.B;\nusing static A.B;", "using static A.B;")]
    [InlineData("using A.B;\nusing A;", "using A;")]
    [InlineData("using System;\nusing System.Net;\nusing A;\nusing A.b;\nusing A.C;\nusing AB;\nusing static A.B;\nusing X = A.B;", null)]
    public void The_first_that_is_out_of_order_is_found(string text, string? line) => Assert.Equal(line, FirstOutOfOrder(text.Split('\n')));

    private static string? FirstOutOfOrder(IEnumerable<string> lines)
    {
        string? before = null;
        foreach (var line in lines.TakeWhile(line => !line.StartsWith("namespace ", StringComparison.Ordinal)))
        {
            if (!Directive().IsMatch(line)) continue;
            if (before is not null && Compare(before, line) > 0) return line;
            before = line;
        }

        return null;
    }

    private static int Compare(string one, string other)
    {
        var (first, second) = (Key(one), Key(other));
        if (first.Group != second.Group) return first.Group - second.Group;
        for (var i = 0; i < first.Names.Length && i < second.Names.Length; i++)
        {
            if (string.Compare(first.Names[i], second.Names[i], StringComparison.OrdinalIgnoreCase) is var order and not 0) return order;
        }

        return first.Names.Length - second.Names.Length;
    }

    // System is a group of its own in front of the other namespaces.
    private static (int Group, string[] Names) Key(string line)
    {
        var match = Directive().Match(line);
        var names = match.Groups["name"].Value.Split('.');
        var group = match.Groups["alias"].Success ? 4 : match.Groups["static"].Success ? 2 : 0;
        return (group + (names[0] == "System" ? 0 : 1), match.Groups["alias"].Success ? [match.Groups["alias"].Value] : names);
    }

    [GeneratedRegex(@"^(global )?using (?<static>static )?((?<alias>\w+) = )?(?<name>[\w.]+)")]
    private static partial Regex Directive();
}
