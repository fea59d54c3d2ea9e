using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;

namespace Postfleet.Authentication.Tests.Messages;

public sealed class MessageHeaderTests
{
    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public void Fields_and_body_are_found(string lineEnd)
    {
        var text = "From: a@example.org\r\nSubject:  two\r\n\tlines \r\nX \t: y\r\n\r\nbody\r\n"
            .Replace("\r\n", lineEnd, StringComparison.Ordinal);
        var header = TestMessages.Header(text);
        Assert.Equal(["From", "Subject", "X"], header.Fields.Select(field => text[field.Start..field.NameEnd]));
        Assert.Equal("two\tlines", header.Text(header.Named("subject").Single()));
        Assert.Equal("y", header.Text(header.Named("x").Single()));
        Assert.Equal("body" + lineEnd, Encoding.ASCII.GetString(header.Body.ToArray()));
        Assert.True(header.IsComplete);
        Assert.False(header.HasMalformedLines);
    }

    [Theory]
    [InlineData("From: a@example.org\r\n", "nonsense\r\n more: of it\r\nTo: b@example.org\r\n\r\n", 1)]
    [InlineData("", " lost\r\nFrom: a@example.org\r\n\r\n", 0)]
    [InlineData("A: b\nB: c\n d\n", "no field: e\nC: f\n\n", 2)]
    public void A_line_without_a_field_ends_the_header(string begin, string rest, int fields)
    {
        var header = TestMessages.Header(begin + rest);
        Assert.Equal(fields, header.Fields.Length);
        Assert.Equal(rest, Encoding.ASCII.GetString(header.Body.ToArray()));
        Assert.True(header.IsComplete);
        Assert.True(header.HasMalformedLines);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("\r\nbody", 0, 4)]
    [InlineData("\nbody", 0, 4)]
    [InlineData("A: b", 1, 0)]
    [InlineData("A: b\r\n", 1, 0)]
    [InlineData("A: b\r\n\r\n", 1, 0)]
    public void Edges_of_the_header_are_found(string text, int fields, int body)
    {
        var header = TestMessages.Header(text);
        Assert.Equal(fields, header.Fields.Length);
        Assert.Equal(body, header.Body.Length);
        Assert.True(header.IsComplete);
    }

    [Fact]
    public void Header_in_any_segments_is_the_same() => Gen.Select(
        Gen.OneOf("A: b\r\n", "Long: x\r\n y\r\n", "\r\n", "\n", "rest", ": x\n", "Z:\r\n\t\r\n").Array[0, 12], Gen.Int[1, 9])
        .Sample((parts, length) =>
        {
            var octets = TestMessages.Octets(string.Concat(parts));
            var whole = MessageHeader.Read(octets);
            var split = MessageHeader.Read(TestMessages.Split(octets, length));
            Assert.Equal(whole.Fields.AsEnumerable(), split.Fields.AsEnumerable());
            Assert.Equal(whole.Body.ToArray(), split.Body.ToArray());
            Assert.Equal(whole.HasMalformedLines, split.HasMalformedLines);
        }, iter: 2_000);

    [Fact]
    public void Header_without_end_is_cut()
    {
        var header = MessageHeader.Read(TestMessages.Octets("A: " + new string('a', MessageHeader.MaxOctets)));
        Assert.False(header.IsComplete);
        Assert.Empty(header.Fields);
        Assert.True(header.Body.IsEmpty);
    }

    [Fact]
    public void Fields_over_the_limit_are_cut()
    {
        var header = TestMessages.Header(string.Concat(Enumerable.Repeat("A: b\r\n", MessageHeader.MaxFields + 1)) + "\r\nbody");
        Assert.False(header.IsComplete);
        Assert.Equal(MessageHeader.MaxFields, header.Fields.Length);
    }

    [Fact]
    public void Long_header_with_an_end_is_complete()
    {
        var header = TestMessages.Header("A: b\r\n" + string.Concat(Enumerable.Repeat(" c\r\n", 200_000)) + "\r\nbody");
        Assert.True(header.IsComplete);
        Assert.Single(header.Fields);
        Assert.Equal(4, header.Body.Length);
    }

    /// <summary>A message of 100 MB in segments: only the header is copied.</summary>
    [Fact]
    public void Body_is_not_copied()
    {
        var head = TestMessages.Octets(TestMessages.Simple);
        var segment = new byte[1 << 20];
        var pieces = new Core.Mail.ContentPieces();
        pieces.Add(head);
        for (var i = 0; i < 100; i++) pieces.Add(segment);
        var content = pieces.Build().Octets;
        MessageHeader.Read(content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        MessageHeader.Read(content);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 * 1024);
    }
}
