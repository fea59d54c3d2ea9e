using System.Text;
using System.Text.Json;
using CsCheck;
using Postfleet.Node.Logging;
using Xunit;
using static Postfleet.Node.Tests.Logging.LogGen;

namespace Postfleet.Node.Tests.Logging;

public sealed class JsonFormatTests
{
    [Fact]
    public void A_line_is_one_object_with_its_fields_in_order() => Assert.Equal(
        """{"time":"2026-11-23T04:48:00.123Z","level":"info","event":"accepted","category":"Smtp""" +
        """Session","messageId":"01ABC","size":4096,"final":true}""" + "\n",
        Format(Line(
            Field("MessageId", "01ABC"), Field("Size", 4096L), Field("Final", true), Field("{OriginalFormat}", "{MessageId} {Size}"))));

    [Fact]
    public void Hostile_values_come_back_as_they_were() => Fields.Sample(fields =>
    {
        var text = Format(Line(fields));
        Assert.Equal(text.Length - 1, text.AsSpan().IndexOfAnyInRange('\0', '\x1f'));
        using var json = JsonDocument.Parse(text);
        Assert.Equal(4 + fields.Length, json.RootElement.EnumerateObject().Count());
        for (var i = 0; i < fields.Length; i++)
        {
            Assert.Equal(WithoutHalves((string)fields[i].Value!), json.RootElement.GetProperty($"field{i}").GetString());
        }
    });

    [Theory]
    [InlineData("Source", "Message")]
    [InlineData("Time", "Level")]
    [InlineData("Event", "Category")]
    [InlineData("Message", "Exception")]
    [InlineData("Size", "size")]
    [InlineData("DNSPort", "DNSport")]
    [InlineData("a b", "a_b")]
    public void No_name_comes_twice(string first, string second)
    {
        var line = Line(Field(first, 1), Field(second, "2")) with { Exception = new IOException("gone"), Message = "words" };

        using var json = JsonDocument.Parse(Format(line));

        var members = json.RootElement.EnumerateObject().ToList();
        Assert.Equal(8, members.Count);
        Assert.Equal(8, members.Select(member => member.Name).Distinct().Count());
        Assert.Equal("accepted", json.RootElement.GetProperty("event").GetString());
        Assert.Equal("words", json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void A_field_takes_a_name_that_the_line_does_not_need()
    {
        using var json = JsonDocument.Parse(Format(Line(Field("Source", "akka://postfleet"), Field("Message", "joined"))));

        Assert.Equal("akka://postfleet", json.RootElement.GetProperty("source").GetString());
        Assert.Equal("joined", json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void Numbers_of_every_kind_are_numbers()
    {
        object[] values = [(byte)1, (sbyte)-1, (short)-2, (ushort)2, -3, 3u, -4L, ulong.MaxValue, 1.5f, 1.5, 1.5m];

        Assert.All(values, value =>
        {
            using var json = JsonDocument.Parse(Format(Line(Field("Value", value))));
            Assert.Equal(JsonValueKind.Number, json.RootElement.GetProperty("value").ValueKind);
        });
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Numbers_that_JSON_does_not_know_are_text(object value, string written)
    {
        using var json = JsonDocument.Parse(Format(Line(Field("Value", value))));

        Assert.Equal(written, json.RootElement.GetProperty("value").GetString());
    }

    [Fact]
    public void A_field_without_a_value_is_left_out()
    {
        using var json = JsonDocument.Parse(Format(Line(Field("Value", null), Field("Empty", ""))));

        Assert.False(json.RootElement.TryGetProperty("value", out _));
        Assert.Equal("", json.RootElement.GetProperty("empty").GetString());
    }

    [Fact]
    public void Values_and_exceptions_are_bounded()
    {
        var line = Line(Field("Reply", new string('ü', 1_000_000))) with { Exception = new IOException(new string('\n', 1_000_000)) };

        using var json = JsonDocument.Parse(Format(line));

        Assert.Equal(LogLine.MaxValue + 1, json.RootElement.GetProperty("reply").GetString()!.Length);
        Assert.Equal(LogLine.MaxException + 1, json.RootElement.GetProperty("exception").GetString()!.Length);
    }

    [Fact]
    public void A_value_that_cannot_be_written_leaves_the_next_line_whole()
    {
        var format = new JsonFormat();
        Assert.Contains("!NotSupportedException", Encoding.UTF8
            .GetString(format.Format(Line(Field("Bad", new Unwritable())))), StringComparison.Ordinal);

        using var json = JsonDocument.Parse(format.Format(Line(Field("Size", 1))));
        Assert.Equal(1, json.RootElement.GetProperty("size").GetInt32());
    }

    private static string Format(LogLine line) => new UTF8Encoding(false, true).GetString(new JsonFormat().Format(line));

    // JSON has no form for half a surrogate pair.
    private static string WithoutHalves(string text) => string.Concat(text.EnumerateRunes());

    private sealed class Unwritable
    {
        public override string ToString() => throw new NotSupportedException();
    }
}
