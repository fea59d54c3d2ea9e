using System.Diagnostics;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Recipients;

public sealed class RecipientFileTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _folder = new("recipients");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Entries_are_read_as_Postfix_writes_them()
    {
        var table = Tables.Of(
            """
            # users
            Ann@Own.test
            bob@own.test    bob@own.test, bob@else.test
            team@own.test   ann@own.test
                # a comment does not end the entry
                bob@own.test,carol@else.test

            "Dot..ted"@own.test  "a, b"@else.test
            @bücher.test    @own.test
            @open.test
            @own.test       ann@own.test
            """);
        Assert.Equal(
            [
                "ann@own.test", "bob@own.test", "team@own.test", "dot..ted@own.test", "@xn--bcher-kva.test", "@open.test", "@own.test",
            ],
            table.Keys);
        Assert.Equal("Mailbox", Show(table, "ann@own.test"));
        Assert.Equal("Alias bob@own.test bob@else.test", Show(table, "bob@own.test"));
        Assert.Equal("Alias ann@own.test bob@own.test carol@else.test", Show(table, "team@own.test"));
        Assert.Equal("Alias \"a, b\"@else.test", Show(table, "\"dot..TED\"@own.test"));
        Assert.Equal("DomainAlias own.test", Show(table, "x@xn--bcher-kva.test"));
        Assert.Equal("OpenDomain", Show(table, "x@open.test"));
        Assert.Equal("CatchAll ann@own.test", Show(table, "x@own.test"));
    }

    [Theory]
    [InlineData("ann", "line 1: 'ann' is neither an address nor a domain; allowed: an address or @domain, and its targets")]
    [InlineData("\n\n@a..test", "line 3: '@a..test' is neither an address nor a domain; allowed: an address or @domain, and its targets")]
    [InlineData(
        "a@own.test own.test/a/", "line 1: target 'own.test/a/' is not allowed; "
        + "allowed: addresses with commas between them, or for an @domain one @domain")]
    [InlineData(
        "a@own.test @b.test",
        "line 1: target '@b.test' is not allowed; allowed: addresses with commas between them, or for an @domain one @domain")]
    [InlineData(
        "@own.test a@own.test @b.test",
        "line 1: target '@b.test' is not allowed; allowed: addresses with commas between them, or for an @domain one @domain")]
    [InlineData(
        "@own.test @b.test, a@own.test",
        "line 1: target 'a@own.test' follows a domain; allowed: addresses with commas between them, or for an @domain one @domain")]
    [InlineData("a@own.test\nA@OWN.test", "line 2: 'A@OWN.test' has an entry already; allowed: one entry for each")]
    [InlineData("  a@own.test", "line 1: 'a@own.test' continues no line; allowed: a line before it with an address")]
    public void Malformed_line_is_named_with_what_is_allowed(string text, string fault) =>
        Assert.Equal(fault, RecipientFile.Read(text.Split('\n'), []));

    [Fact]
    public void Entries_and_targets_are_bounded()
    {
        var targets = Enumerable.Range(0, RecipientEntry.MaxTargets + 1).Select(i => $"u{i}@own.test").ToList();
        Assert.Null(RecipientFile.Read(["team@own.test " + string.Join(", ", targets[1..])], []));
        Assert.Equal(
            "line 1: there are more than 1000 targets; allowed: at most 1000",
            RecipientFile.Read(["team@own.test " + string.Join(", ", targets)], []));
        Assert.Equal(
            "line 1: the entry has more than 256000 characters; allowed: at most 256000",
            RecipientFile.Read(["a@own.test", .. Enumerable.Repeat(" " + new string('x', 1000), 300)], []));
    }

    [Fact]
    public void The_fault_of_a_file_names_it()
    {
        var (good, bad) = (_folder["good"], _folder["bad"]);
        File.WriteAllText(good, "a@own.test");
        File.WriteAllText(bad, "b@own.test\na@own.test");
        Assert.Equal(
            $"Some:Files:1 is '{bad}', which cannot be used: line 2: 'a@own.test' has an entry already; allowed: one entry for each",
            Assert.Throws<StartFailureException>(() => Read(good, bad)).Message);
        File.WriteAllBytes(bad, [0x62, 0xff, 0x40]);
        Assert.StartsWith(
            $"Some:Files:0 is '{bad}', which cannot be used: ", Assert.Throws<StartFailureException>(() => Read(bad)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_addresses_are_read_and_looked_up_without_allocation()
    {
        File.WriteAllLines(
            _folder["many"], Enumerable.Range(0, 100_000).Select(i => i % 4 == 0 ? $"a{i}@own.test u{i}@own.test" : $"u{i}@own.test"));
        var clock = Stopwatch.StartNew();
        var table = Read(_folder["many"]);
        output.WriteLine($"{table.Count} entries read in {clock.Elapsed.TotalMilliseconds:F0} ms");
        var (known, unknown) = (Mailbox.Parse("U4711+News@own.test"), Mailbox.Parse("nobody+x@own.test"));
        // The first calls are for the compiler.
        var found = 0;
        for (var i = 0; i < 100; i++) found += Count(table, known, unknown);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) found += Count(table, known, unknown);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1100, found);
    }

    private static RecipientTable Read(params string[] files) => RecipientFile.Read("Some:Files", files, file => file);

    private static int Count(RecipientTable table, Mailbox known, Mailbox unknown) =>
        (table.Find(known, '+', out _) is null ? 0 : 1) + (table.Find(unknown, '+', out _) is null ? 0 : 1);

    private static string Show(RecipientTable table, string address)
    {
        var entry = table.Find(Mailbox.Parse(address), null, out _)!;
        var targets = entry.Targets.ToArray().Select(target => target.Address);
        return string.Join(' ', [entry.Kind.ToString(), .. targets, entry.Domain.Value]).Trim();
    }
}
