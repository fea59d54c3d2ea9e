using System.Text;
using Postfleet.Delivery.Mime;
using Xunit;

namespace Postfleet.Delivery.Tests.Mime;

/// <summary>The converted and the unchanged octets of sample messages.</summary>
public class MimeConverterTests
{
    private static readonly ConversionNeeds SevenBit = new(SevenBit: true, ShortLines: false);
    private static readonly ConversionNeeds ShortLines = new(SevenBit: false, ShortLines: true);

    [Fact]
    public void Text_becomes_quoted_printable_and_other_octets_stay() => Assert.Equal(
        Lines("Subject: x", "MIME-Version: 1.0", "Content-Type: text/plain;", "\tcharset=\"iso-8859-1\"",
            "Content-Transfer-Encoding: quoted-printable", "X-After: y", "",
            "1 =3D 1, gr=FC=DFe =20", ".", "--", "ende=20"),
        Convert(Lines("Subject: x", "MIME-Version: 1.0", "Content-Type: text/plain;", "\tcharset=\"iso-8859-1\"",
            "content-transfer-encoding : 8BIT (yes)", "X-After: y", "",
            "1 = 1, gr\u00fc\u00dfe  ", ".", "--", "ende "), SevenBit));

    [Fact]
    public void Text_that_is_mostly_8_bit_becomes_base64()
    {
        var text = Lines(string.Concat(Enumerable.Repeat("\u00d0\u00bf\u00d1\u0080", 90)), "\u00d0\u00b8");
        var converted = Convert(Lines("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "")
            + text, SevenBit).Split("\r\n\r\n");
        Assert.EndsWith("Content-Transfer-Encoding: base64", converted[0], StringComparison.Ordinal);
        Assert.All(converted[1].Split("\r\n"), line => Assert.InRange(line.Length, 0, 76));
        Assert.Equal(text, Encoding.Latin1.GetString(System.Convert.FromBase64String(converted[1])));
    }

    [Theory]
    [InlineData("gr\u00c3\u00bc\u00c3\u009fe", "utf-8", "gr=C3=BC=C3=9Fe")]
    [InlineData("gr\u00fc\u00dfe", "unknown-8bit", "gr=FC=DFe")]
    public void Unlabelled_text_gets_a_charset(string text, string charset, string expected) => Assert.Equal(
        Lines("Subject: x", "MIME-Version: 1.0", $"Content-Type: text/plain; charset={charset}",
            "Content-Transfer-Encoding: quoted-printable", "", expected),
        Convert(Lines("Subject: x", "", text), SevenBit));

    [Fact]
    public void Multipart_leaves_are_encoded_only_where_needed()
    {
        string Message(string outer, string text, string leaf, string inner, string sub, string leaf2) => Lines(
            "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=\"a=1\"", $"Content-Transfer-Encoding: {outer}", "", "before", "",
            "--a=1", "", "plain  ", "--a=1 \t",
            "Content-Type: text/html; charset=utf-8", $"Content-Transfer-Encoding: {leaf}", "", text, "", "--a=1",
            "Content-Type: message/rfc822",
            $"Content-Transfer-Encoding: {inner}", "", "Subject: inner", "Content-Type: multipart/alternative; boundary=a",
            $"Content-Transfer-Encoding: {sub}", "", "--a", "", "=3D",
            "--a", $"{leaf2}", text, "--a--", "", "--a=1", "Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64",
            "", "AAAA", "--a=1--", "after");
        Assert.Equal(
            Message("7bit", "=FC=", "quoted-printable", "7bit", "7bit", "Content-Transfer-Encoding: quoted-printable\r\n")
                .Replace("=FC=", "=FC=3D", StringComparison.Ordinal),
            Convert(Message("8bit", "\u00fc=", "8bit", "binary", "8bit", ""), SevenBit));
    }

    [Fact]
    public void Valid_content_stays_unchanged_for_any_declaration()
    {
        var odd = Lines("Content-Type: multipart/mixed; boundary=x", "Content-Transfer-Encoding: base64", "no field", "--x",
            "Content-Type:", "--x", "=", "--x--", "--x", "") + "no line end";
        Assert.Equal(odd, Convert(odd, new(true, true)));
        Assert.Equal("", Convert("", new(true, true)));
    }

    [Fact]
    public void Parts_of_a_digest_are_messages() => Assert.Equal(
        Lines("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: 1", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=unknown-8bit",
            "Content-Transfer-Encoding: quoted-printable", "", "=FC", "--b--"),
        Convert(Lines("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: 1", "", "\u00fc", "--b--"), SevenBit));

    [Fact]
    public void A_missing_empty_line_before_a_body_is_added() => Assert.Equal(
        Lines("Subject: x", "MIME-Version: 1.0", "Content-Type: text/plain; charset=unknown-8bit",
            "Content-Transfer-Encoding: quoted-printable", "", "no field, =FC"),
        Convert(Lines("Subject: x", "no field, \u00fc"), SevenBit));

    [Fact]
    public void Preamble_and_epilogue_are_masked() => Assert.Equal(
        Lines("Content-Type: multipart/mixed; boundary=b", "", "f?r", "--b", "", "x", "--b--", "?"),
        Convert(Lines("Content-Type: multipart/mixed; boundary=b", "", "f\u00fcr", "--b", "", "x", "--b--", "\u00fc"), SevenBit));

    [Fact]
    public void Eight_bit_octets_in_header_fields_stay() => Assert.Contains(
        "Subject: gr\u00fc\u00dfe\r\n", Convert(Lines("Subject: gr\u00fc\u00dfe", "", "\u00fc"), SevenBit), StringComparison.Ordinal);

    [Fact]
    public void Malformed_encoded_bodies_decode_to_the_same_text()
    {
        Assert.Equal(
            Lines("Content-Transfer-Encoding: quoted-printable", "", "=FC=FC =", " x="),
            Convert(Lines("Content-Transfer-Encoding: quoted-printable", "", "=FC\u00fc =", " x="), SevenBit));
        var quoted = Convert(
            Lines("Content-Transfer-Encoding: quoted-printable", "", string.Concat(Enumerable.Repeat("=FC", 700)), "x"), ShortLines);
        Assert.Equal(string.Concat(Enumerable.Repeat("=FC", 700)), quoted.Split("\r\n\r\n")[1]
            .Replace("=\r\n", "", StringComparison.Ordinal).Split("\r\n")[0]);
        var base64 = Convert(Lines("Content-Transfer-Encoding: base64", "", new string('A', 1200), "AA\u00fc=="), new(true, true))
            .Split("\r\n\r\n")[1];
        Assert.Equal(new string('A', 1202) + "==", base64.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.All(base64.Split("\r\n"), line => Assert.InRange(line.Length, 0, 76));
    }

    [Fact]
    public void Long_lines_become_quoted_printable_without_lines_like_boundaries()
    {
        var line = new string('x', 75) + "--b--" + new string('y', 1000);
        var message = Lines("Content-Type: multipart/mixed; boundary=b", "", "--b", "", line, "--b--");
        var converted = Convert(message, ShortLines);
        Assert.Equal(2, converted.Split("\r\n").Count(text => text.StartsWith("--b", StringComparison.Ordinal)));
        Assert.Contains(line, converted.Replace("=\r\n", "", StringComparison.Ordinal)
            .Replace("=2D", "-", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(message, Convert(message, SevenBit));
    }

    [Fact]
    public void Long_header_lines_fold_at_white_space_and_unfold_to_the_original()
    {
        var message = Lines("To: " + string.Join(", ", Enumerable.Range(0, 200).Select(i => $"name{i}@b.test")), "X-Tabs:\t"
            + string.Join("\t", Enumerable.Repeat("word", 900)), "", "body");
        var converted = Convert(message, ShortLines);
        Assert.NotEqual(message, converted);
        Assert.Equal(message, converted.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", "\t", StringComparison.Ordinal));
        Assert.DoesNotContain(": \r\n", converted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("References: ", "<id@b.test>")]
    [InlineData("X-List: ", "entry;")]
    [InlineData("X-Solid: ", "solid")]
    [InlineData("X-Utf8: ", "\u00e2\u0082\u00ac")]
    public void A_header_line_without_white_space_folds_after_punctuation(string name, string word)
    {
        var converted = Convert(Lines(name + string.Concat(Enumerable.Repeat(word, 3000 / word.Length)), "", "body"), ShortLines);
        var lines = converted.Split("\r\n\r\n")[0].Split("\r\n ");
        Assert.Equal(4, lines.Length);
        if (word != "solid") Assert.All(lines[..^1], line => Assert.EndsWith(word[^1..], line, StringComparison.Ordinal));
        Assert.Equal(name + string.Concat(Enumerable.Repeat(word, 3000 / word.Length)), string.Concat(lines));
    }

    [Theory]
    [InlineData("message/partial; id=1; number=1", nameof(Obstacle.Fixed))]
    [InlineData("message/external-body; access-type=x", nameof(Obstacle.Fixed))]
    [InlineData("multipart/mixed", nameof(Obstacle.Fixed))]
    [InlineData("multipart/mixed; boundary=never", nameof(Obstacle.Fixed))]
    [InlineData("multipart/signed; boundary=b", nameof(Obstacle.Signed))]
    [InlineData("multipart/mixed; boundary=b", nameof(Obstacle.None))]
    public void Entities_that_must_not_be_encoded_prevent_the_conversion(string type, string obstacle) =>
        Assert.Equal(obstacle,
            Measure(Lines($"Content-Type: {type}", "", "--b", "", "\u00fc", "--b--"), SevenBit, keepsSigned: true).Obstacle.ToString());

    [Fact]
    public void Signed_parts_are_converted_only_on_demand()
    {
        var message = Lines("Content-Type: multipart/mixed; boundary=o", "", "--o", "Content-Type: multipart/signed; boundary=b", "", "--b",
            "Content-Type: multipart/mixed; boundary=i",
            "Content-Transfer-Encoding: 8bit", "", "--i", "", "{0}", "--i--", "--b--", "--o", "", "\u00fc", "--o--");
        Assert.Equal(
            Obstacle.Signed, Measure(message.Replace("{0}", "\u00fc", StringComparison.Ordinal), SevenBit, keepsSigned: true).Obstacle);
        Assert.Equal(
            Obstacle.None, Measure(message.Replace("{0}", "\u00fc", StringComparison.Ordinal), SevenBit, keepsSigned: false).Obstacle);
        // If the 8-bit octets are elsewhere, the signed part stays unchanged, including its declared encoding.
        Assert.Equal(
            message.Replace("--o\r\n\r\n\u00fc", "--o\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=FC", StringComparison.Ordinal),
            Convert(message, SevenBit, keepsSigned: true));
    }

    [Theory]
    [InlineData(Boundaries.MaxDepth, true)]
    [InlineData(Boundaries.MaxDepth + 1, false)]
    public void Deep_nesting_prevents_the_conversion(int depth, bool isPossible)
    {
        var open = string.Concat(
            Enumerable.Range(0, depth).Select(i => Lines($"Content-Type: multipart/mixed; boundary=b{i};", "", $"--b{i}")));
        Assert.Equal(isPossible, Measure(open + Lines("", "\u00fc"), SevenBit).Obstacle == Obstacle.None);
    }

    [Theory]
    [InlineData("--b\r\n\r\n\r\n")]
    [InlineData("--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n")]
    public void Too_many_parts_prevent_the_conversion(string part)
    {
        var message = Lines("Content-Type: multipart/mixed; boundary=b", "")
            + string.Concat(Enumerable.Repeat(part, MimeConverter.MaxEntities)) + "\u00fc\r\n";
        Assert.Equal(Obstacle.TooComplex, Measure(message, SevenBit).Obstacle);
    }

    internal static string Lines(params string[] lines) => string.Concat(lines.Select(line => line + "\r\n"));

    internal static string Convert(string message, ConversionNeeds needs, bool keepsSigned = false)
    {
        var converter = new MimeConverter(Encoding.Latin1.GetBytes(message), needs, keepsSigned);
        var converted = string.Concat(converter.Pieces().Select(piece => Encoding.Latin1.GetString(piece.Span)));
        Assert.Equal(Obstacle.None, converter.Obstacle);
        Assert.Equal(converted.Length, Measure(message, needs, keepsSigned).Length);
        if (needs.ShortLines) Assert.All(converted.Split("\r\n"), line => Assert.InRange(line.Length, 0, LongLines.Max));
        return converted;
    }

    private static (long Length, Obstacle Obstacle) Measure(string message, ConversionNeeds needs, bool keepsSigned = false) =>
        MimeConverter.Measure(Encoding.Latin1.GetBytes(message), needs, keepsSigned);
}
