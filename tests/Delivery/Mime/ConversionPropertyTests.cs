using System.Text;
using CsCheck;
using MimeKit;
using Postfleet.Delivery.Mime;
using Xunit;

namespace Postfleet.Delivery.Tests.Mime;

/// <summary>
/// Conversion of generated messages, verified with an independent MIME reader, and of hostile messages, for which only the stated
/// guarantees are verified.
/// </summary>
public class ConversionPropertyTests
{
    private static readonly Gen<string> Word = Gen.OneOf(
        OneOf("=", "==", "=FC", " ", "\t", ".", "-", "--b", "--b--", "From ", "\u00fc", "\u00c3\u00bc", "\u0080\u00ff", "x", "\u0001",
            "\u007f"),
        Gen.Char['a', 'z'].Array[0, 90].Select(letters => new string(letters)),
        Gen.Char['\u0080', '\u00ff'].Array[0, 40].Select(letters => new string(letters)),
        OneOf(new string('w', 999), new string('w', 998), string.Concat(Enumerable.Repeat("word ", 300))));

    private static readonly Gen<string> Text = Word.Array[0, 6].Select(string.Concat).Array[0, 8]
        .Select(lines => string.Join("\r\n", lines));

    private static readonly Gen<ConversionNeeds> Needs = OneOf(new ConversionNeeds(true, false), new(false, true), new(true, true));

    // Each depth has its own boundary, which occurs in no text.
    private static readonly Gen<string> Tree = Gen.Recursive<string>((depth, inner) => depth == 3 ? Leaf() : Gen.Frequency(
        (2, Leaf()),
        (1, inner.Select(message => $"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n{message}")),
        (2, inner.Array[1, 3].Select(parts =>
            $"Content-Type: multipart/mixed; boundary=\"=_{depth}\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{string.Concat(parts.Select(part => $"--=_{depth}\r\n{part}\r\n"))}--=_{depth}--\r\n"))));

    private static readonly Gen<string> Hostile = Gen.OneOf(
        OneOf(
            "--b", "--b--", "--c", "--", "", "Content-Type: multipart/mixed; boundary=b", "Content-Type: multipart/digest; boundary=c",
            "Content-Type: multipart/signed; boundary=\"",
            "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable",
            "Content-Transfer-Encoding: 8bit", " ", " folded", ":", "a:",
            "MIME-Version: 1.0", "=", "=\u00fc", "\u00fc"),
        Word).Array[0, 40].Select(lines => string.Join("\r\n", lines));

    [Fact]
    public void An_independent_reader_finds_the_same_content_in_every_leaf() => Gen.Select(Tree, Needs).Sample(
        (tree, needs) =>
        {
            var before = "Subject: x\r\nMIME-Version: 1.0\r\n" + tree;
            var after = MimeConverterTests.Convert(before, needs);
            if (needs.SevenBit) Assert.True(Ascii.IsValid(after));
            Assert.Equal(Leaves(before), Leaves(after));
            Assert.Equal(after, MimeConverterTests.Convert(after, needs));
        },
        iter: 3_000);

    [Fact]
    public void Hostile_content_violates_no_guarantee() => Gen.Select(Hostile, Needs, Gen.Bool).Sample(
        (message, needs, keepsSigned) =>
        {
            var content = Encoding.Latin1.GetBytes(message);
            var converter = new MimeConverter(content, needs, keepsSigned);
            var converted = string.Concat(converter.Pieces().Select(piece => Encoding.Latin1.GetString(piece.Span)));
            Assert.Equal(MimeConverter.Measure(content, needs, keepsSigned), (converted.Length, converter.Obstacle));
            if (converter.Obstacle == Obstacle.None) Assert.InRange(converted.Length, 0, (4 * content.Length) + 1000);
        },
        iter: 20_000);

    [Fact]
    public void Long_lines_are_found_wherever_the_content_is_cut() =>
        Gen.Select(Text, Gen.Int[1, 1200], Gen.Int[990, 1001]).Sample((text, size, length) =>
    {
        var whole = $"{text}\r\n{new string('x', length)}\r\n{text}";
        var octets = Encoding.Latin1.GetBytes(whole);
        var isLong = whole.Split("\r\n").Any(line => line.Length > LongLines.Max);
        Assert.Equal(isLong, LongLines.Any(octets));
        Assert.Equal(isLong, LongLines.Any(Smtp.Pieces.Of(octets, size)));
    });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<string> Leaf() => Gen.Select(
        OneOf("text/plain; charset=iso-8859-1", "text/html; charset=utf-8", "application/octet-stream"), OneOf("8bit", "7bit", "binary"),
        Text,
        (type, encoding, text) => $"Content-Type: {type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{text}\r\n");

    private static List<string> Leaves(string message)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(message));
        return [.. Leaves(MimeMessage.Load(stream).Body)];
    }

    private static IEnumerable<string> Leaves(MimeEntity? entity) => entity switch
    {
        Multipart multipart => multipart.SelectMany(Leaves),
        MessagePart message => Leaves(message.Message!.Body),
        MimePart part => [$"{part.ContentType} {Decode(part)}"],
        _ => throw new InvalidOperationException($"{entity} is no kind that was generated"),
    };

    private static string Decode(MimePart part)
    {
        using var decoded = new MemoryStream();
        part.Content!.DecodeTo(decoded);
        return Encoding.Latin1.GetString(decoded.ToArray());
    }
}
