using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Tests.Recipients;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Fuzz;

/// <summary>
/// Any recipient file is refused with the number of a line, or has entries by which each address is expanded within the bounds.
/// </summary>
public sealed class RecipientFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "\n", "\n ", "\t", ",", "#", "\"", "\\", "@", "+", "++", ".", "a@own.test", "b@own.test", "a+x@own.test", "\"a b\"@own.test",
        "@own.test", "@old.test", "@open.test", "@else.test", "x@else.test",
        "[192.0.2.1]", "@[IPv6:::1]", "\u00e4@own.test", "\u0130@own.test", "\0",
    ];

    private static readonly string[] Asked =
        ["a@own.test", "A+x@own.test", "\"a b+\\\"c\"@own.test", "b+@old.test", "\u0130+x@own.test", "ann@own.test", "any@open.test"];

    [Fact]
    public async Task Any_file_is_refused_or_expands_each_address_within_the_bounds()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Recipients"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), input => Task.FromResult(Run(Encoding.UTF8.GetString(input))));
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} files, {fuzzer.Kept} kept");
    }

    private static string Run(string text)
    {
        var entries = new Dictionary<string, RecipientEntry>(StringComparer.Ordinal);
        if (RecipientFile.Read(text.ReplaceLineEndings("\n").Split('\n'), entries) is { } fault)
        {
            Assert.Matches("^line [1-9][0-9]*: [^\\p{Cc}]*; allowed: ", fault);
            return string.Join(' ', fault.Split(' ').Where(word => word.All(char.IsAsciiLetter)));
        }

        var table = new RecipientTable(entries);
        return string.Join(' ', Asked.Select(address =>
        {
            var expansion = RecipientExpander.Expand(table, Tables.Domains, '+', Mailbox.Parse(address));
            Assert.InRange(expansion.Targets.Count, expansion.Result == ExpansionResult.Changed ? 1 : 0, RecipientExpander.MaxTargets);
            return $"{expansion.Result}{Math.Min(expansion.Targets.Count, 4)}";
        }));
    }
}
