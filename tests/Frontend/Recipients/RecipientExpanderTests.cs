using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;
using Postfleet.Frontend.Recipients;
using Xunit;

namespace Postfleet.Frontend.Tests.Recipients;

public sealed class RecipientExpanderTests
{
    private static readonly RecipientTable Table = Tables.Of(
        """
        ann@own.test
        bob@own.test        bob@own.test, bob@else.test
        team@own.test       ann@own.test, bob@own.test, ann@own.test, Carol+in@else.test
        all@own.test        team@own.test, dan@own.test
        ann+list@own.test   list@else.test
        info@own.test       ann@own.test
        folder@own.test     folder+in@own.test
        "q r"@own.test      ann@own.test
        ping@own.test       pong@own.test
        pong@own.test       ping@own.test
        there@own.test      x@old.test
        x@own.test          there@own.test
        @old.test           @own.test
        @open.test
        """);

    [Theory]
    // Known mailboxes, in any case, with a detail or not.
    [InlineData("ann@own.test", "ann@own.test")]
    [InlineData("ANN@own.test", "ANN@own.test")]
    [InlineData("\"ann\"@own.test", "\"ann\"@own.test")]
    [InlineData("ann+news@own.test", "ann+news@own.test")]
    [InlineData("any@open.test", "any@open.test")]
    [InlineData("any@else.test", "any@else.test")]
    // An entry with the detail comes first.
    [InlineData("ann+list@own.test", "list@else.test")]
    [InlineData("Ann+LIST@own.test", "list@else.test")]
    // A detail without an entry is kept.
    [InlineData("info+news+x@own.test", "ann+news+x@own.test")]
    [InlineData("bob+News@own.test", "bob+News@own.test bob+News@else.test")]
    [InlineData("\"info+a b\"@own.test", "\"ann+a b\"@own.test")]
    [InlineData("\"q r+x\"@own.test", "ann+x@own.test")]
    // Aliases of aliases, without duplicates; an address that names itself keeps a copy.
    [InlineData("bob@own.test", "bob@own.test bob@else.test")]
    [InlineData("team@own.test", "ann@own.test bob@own.test bob@else.test Carol+in@else.test")]
    [InlineData("all@own.test", "ann@own.test bob@own.test bob@else.test Carol+in@else.test dan@own.test")]
    [InlineData("folder@own.test", "folder+in@own.test")]
    // Loops end.
    [InlineData("ping@own.test", "ping@own.test")]
    [InlineData("x@own.test", "x@own.test")]
    // Alias domains.
    [InlineData("ann+news@old.test", "ann+news@own.test")]
    [InlineData("bob@old.test", "bob@own.test bob@else.test")]
    [InlineData("nobody@old.test", "")]
    // Unknown addresses.
    [InlineData("nobody@own.test", "")]
    [InlineData("an@own.test", "")]
    [InlineData("+ann@own.test", "")]
    [InlineData("dan@own.test", "")]
    public void Recipient_stands_for(string recipient, string targets) => Assert.Equal(targets, Expand(Table, recipient));

    [Fact]
    public void Without_a_delimiter_the_whole_local_part_counts()
    {
        Assert.Equal("", Expand(Table, "info+news@own.test", delimiter: null));
        Assert.Equal("list@else.test", Expand(Table, "ann+list@own.test", delimiter: null));
    }

    [Fact]
    public void Catch_all_takes_what_has_no_entry_and_keeps_no_detail()
    {
        var table = Tables.Of("ann@own.test\n@own.test all@own.test, else@else.test\n@old.test @own.test");
        Assert.Equal("ann+x@own.test", Expand(table, "ann+x@own.test"));
        Assert.Equal("all@own.test else@else.test", Expand(table, "any+x@own.test"));
        Assert.Equal("all@own.test else@else.test", Expand(table, "any@old.test"));
    }

    [Fact]
    public void Alias_domains_in_a_circle_have_no_recipients() =>
        Assert.Equal("", Expand(Tables.Of("@own.test @old.test\n@old.test @own.test"), "a@own.test"));

    [Fact]
    public void Detail_that_makes_an_address_too_long_is_left_out()
    {
        var target = $"{new string('t', 240)}@else.test";
        Assert.Equal(target, Expand(Tables.Of($"a@own.test {target}"), "a+detail@own.test"));
    }

    [Fact]
    public void Aliases_beyond_the_bounds_are_too_large()
    {
        var wide = string.Join('\n', Enumerable.Range(0, 3).Select(i =>
            $"w{i}@own.test " + string.Join(", ", Enumerable.Range(0, 400).Select(j => $"u{i}.{j}@else.test"))));
        Assert.Equal("TooLarge", Expand(Tables.Of($"{wide}\nall@own.test w0@own.test, w1@own.test, w2@own.test"), "all@own.test"));
        var deep = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"d{i}@own.test d{i + 1}@own.test"));
        Assert.Equal("TooLarge", Expand(Tables.Of(deep), "d0@own.test"));
        Assert.Equal("d60@own.test", Expand(Tables.Of(deep), "d20@own.test"));
    }

    [Fact]
    public void Any_entries_end_in_known_addresses_each_once() => Gen.Select(
            Gen.Int[0, 7].Array[1, 4].Array[8], Gen.Int[0, 11]).Sample((aliases, start) =>
        {
            // Addresses 0 to 7 are aliases, 8 to 11 have no entry.
            var lines = aliases.Select((targets, i) => $"a{i}@own.test {string.Join(", ", targets.Select(t => $"a{t + i % 5}@own.test"))}");
            var table = Tables.Of(string.Join('\n', lines));
            var result = RecipientExpander.Expand(table, Tables.Domains, '+', Mailbox.Parse($"a{start}@own.test"));
            Assert.NotEqual(ExpansionResult.TooLarge, result.Result);
            Assert.Equal(start > 7, result.Result == ExpansionResult.Unknown);
            Assert.Equal(result.Targets.Count, result.Targets.Distinct().Count());
        });

    private static string Expand(RecipientTable table, string recipient, char? delimiter = '+')
    {
        var address = Mailbox.Parse(recipient);
        if (!Tables.Domains.Contains(address.Domain)) return recipient;
        var expansion = RecipientExpander.Expand(table, Tables.Domains, delimiter, address);
        return expansion.Result switch
        {
            ExpansionResult.Unchanged => recipient,
            ExpansionResult.TooLarge => "TooLarge",
            _ => string.Join(' ', expansion.Targets.Select(target => target.Address)),
        };
    }
}
