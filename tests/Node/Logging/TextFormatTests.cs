using System.Globalization;
using System.Net;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Logging;
using Postfleet.Node.Logging;
using Xunit;
using static Postfleet.Node.Tests.Logging.LogGen;

namespace Postfleet.Node.Tests.Logging;

public sealed class TextFormatTests
{
    private static readonly UnicodeCategory[] Unseen =
    [
        UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator,
        UnicodeCategory.SpaceSeparator, UnicodeCategory.Surrogate, UnicodeCategory.PrivateUse, UnicodeCategory.OtherNotAssigned,
    ];

    [Fact]
    public void A_line_is_time_in_utc_level_event_and_fields() => Assert.Equal(
        "2026-11-23T04:48:00.123Z info accepted messageId=01ABC from=a@example.org size=4096 elapsed=1.5\n",
        Format(Line(Field("MessageId", "01ABC"), Field("From", "a@example.org"), Field("Size", 4096L), Field("Elapsed", 1.5))));

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain", "plain")]
    [InlineData("a=b", "a=b")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("say \"hi\"", "\"say \\\"hi\\\"\"")]
    [InlineData("a\r\nb\tc", "\"a\\r\\nb\\tc\"")]
    [InlineData("back\\ slash", "\"back\\\\ slash\"")]
    [InlineData("\0\u001b\u007f\u0085", "\"\\u0000\\u001b\\u007f\\u0085\"")]
    [InlineData("\u2028\u2029", "\"\\u2028\\u2029\"")]
    [InlineData("\u202egro.live", "\"\\u202egro.live\"")]
    [InlineData("\u00a0\u200b\ufeff", "\"\\u00a0\\u200b\\ufeff\"")]
    [InlineData("grün漢😀", "\"grün漢😀\"")]
    public void A_value_is_quoted_and_escaped_where_it_must_be(string value, string written) =>
        Assert.Equal($"2026-11-23T04:48:00.123Z info accepted reply={written}\n", Format(Line(Field("Reply", value))));

    [Fact]
    public void Half_a_surrogate_pair_is_escaped_and_not_lost() =>
        Assert.Equal("\ud83d!", LineParser.Parse(Format(Line(Field("Reply", "\ud83d!")))).Fields.Single().Value);

    [Fact]
    public void Hostile_values_stay_in_their_fields() => Fields.Sample(fields =>
    {
        var parsed = LineParser.Parse(Format(Line(fields)));
        Assert.Equal(("2026-11-23T04:48:00.123Z", "info", "accepted"), (parsed.Time, parsed.Level, parsed.Event));
        Assert.Equal(fields.Select((field, i) => ($"field{i}", (string)field.Value!)), parsed.Fields);
    });

    [Fact]
    public void Nothing_written_can_move_a_terminals_cursor_or_turn_its_text() => Fields.Sample(fields =>
    {
        var written = Format(Line(fields))[..^1];
        Assert.All(written.EnumerateRunes(), rune => Assert
            .True(rune.Value == ' ' || !Unseen.Contains(Rune.GetUnicodeCategory(rune)), $"U+{rune.Value:X4}"));
    });

    [Fact]
    public void Values_of_other_types_are_written_without_a_culture() => Assert.Equal(
        "at=2026-11-23T04:48:00.123Z until=2026-11-23T04:48:00.123Z took=1.5s pause=14400s final=true severity=Warning " +
        "client=[::1]:25 empty=\"\"",
        FieldsOf(Line(Field("At", Now), Field("Until", Now.UtcDateTime), Field("Took", TimeSpan.FromSeconds(1.5)),
            Field("Pause", TimeSpan.FromHours(4)),
            Field("Final", true), Field("Severity", LogLevel.Warning),
            Field("Client", new IPEndPoint(IPAddress.IPv6Loopback, 25)), Field("Missing", null), Field("Empty", ""))));

    [Fact]
    public void Value_that_cannot_be_formatted_is_marked_and_does_not_fail_its_caller() =>
        Assert.Equal("bad=!NotSupportedException good=1", FieldsOf(Line(Field("Bad", new Unwritable()), Field("Good", 1))));

    [Fact]
    public void A_value_that_logs_while_it_is_written_does_not_mix_the_lines() =>
        Assert.Equal("a=1 inner=x b=2", FieldsOf(Line(Field("A", 1), Field("Inner", new Nested()), Field("B", 2))));

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    [InlineData(5_000_000, true)]
    public void A_value_is_cut_at_its_limit_and_shows_it(int length, bool isCut)
    {
        var value = LineParser.Parse(Format(Line(Field("Reply", new string('x', length))))).Fields.Single().Value;

        Assert.Equal(isCut ? new string('x', LogLine.MaxValue) + "…" : new string('x', length), value);
    }

    [Fact]
    public void A_cut_does_not_part_a_surrogate_pair() => Assert.Equal(
        new string('x', LogLine.MaxValue - 1) + "…",
        LineParser.Parse(Format(Line(Field("Reply", new string('x', LogLine.MaxValue - 1) + "😀😀")))).Fields.Single().Value);

    [Theory]
    [InlineData("MessageId", "messageId")]
    [InlineData("DNSServer", "dnsServer")]
    [InlineData("IP", "ip")]
    [InlineData("already", "already")]
    [InlineData("", "_")]
    [InlineData("two words=\n", "two_words__")]
    public void A_name_is_in_lower_camel_case_and_one_word(string key, string written) =>
        Assert.Equal($"{written}=1", FieldsOf(Line(Field(key, 1))));

    [Fact]
    public void The_template_is_not_a_field() =>
        Assert.Equal("size=1", FieldsOf(Line(Field("Size", 1), Field("{OriginalFormat}", "took {Size}"))));

    [Fact]
    public void An_exception_is_one_bounded_field()
    {
        var line = Line(Field("Size", 1)) with { Exception = new InvalidOperationException("first\nsecond " + new string('x', 20_000)) };

        var (_, value) = Assert.Single(LineParser.Parse(Format(line)).Fields, field => field.Name == "exception");
        Assert.StartsWith("System.InvalidOperationException: first\nsecond xxx", value, StringComparison.Ordinal);
        Assert.Equal(LogLine.MaxException + 1, value.Length);
    }

    [Fact]
    public void Messages_without_an_event_name_are_logged_with_their_category()
    {
        var line = new LogLine(Now, LogLevel.Error, "Some Thing\n", "", [], null, "it broke");

        Assert.Equal("2026-11-23T04:48:00.123Z error Some Thing_ message=\"it broke\"\n", Format(line));
    }

    [Theory]
    [InlineData(LogLevel.Trace, "trace")]
    [InlineData(LogLevel.Debug, "debug")]
    [InlineData(LogLevel.Information, "info")]
    [InlineData(LogLevel.Warning, "warn")]
    [InlineData(LogLevel.Error, "error")]
    [InlineData(LogLevel.Critical, "fatal")]
    public void Levels_have_short_names(LogLevel level, string name) =>
        Assert.Equal(name, LineParser.Parse(Format(Line() with { Level = level })).Level);

    // The decoder throws for invalid UTF-8.
    private static string Format(LogLine line) => new UTF8Encoding(false, true).GetString(new TextFormat().Format(line));

    private static string FieldsOf(LogLine line) => Format(line)["2026-11-23T04:48:00.123Z info accepted ".Length..^1];

    private sealed class Unwritable
    {
        public override string ToString() => throw new NotSupportedException();
    }

    private sealed class Nested
    {
        public override string ToString()
        {
            new TextFormat().Format(Line(Field("Other", "text")));
            return "x";
        }
    }
}
