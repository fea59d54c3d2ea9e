using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

/// <summary>The Message-ID of a header, in content of one segment and in content cut after every octet.</summary>
public sealed class HeaderMessageIdTests
{
    [Theory]
    [InlineData("Message-ID: <1@a.test>\r\n\r\nbody", "<1@a.test>")]
    [InlineData("Received: from a\r\n\tby b\r\nmessage-id:<1@a.test> \t\r\nSubject: x\r\n\r\n", "<1@a.test>")]
    [InlineData("MESSAGE-ID:\r\n <1@a.test>\r\n\r\n", "<1@a.test>")]
    [InlineData("Message-ID:\r\n\t<1@\r\n a.test>\r\nTo: b\r\n\r\n", "<1@a.test>")]
    [InlineData("Message-ID: <1@a.test>\r\nMessage-ID: <2@a.test>\r\n\r\n", "<1@a.test>")]
    [InlineData("Message-ID: <1\0@\u007fa.test>\r\n\r\n", "<1?@?a.test>")]
    [InlineData("Message-ID: <ä@a.test>\r\n\r\n", "<ä@a.test>")]
    [InlineData("Message-ID:\r\n\r\n", "")]
    [InlineData("Message-ID:\r\n \r\n\r\n", "")]
    [InlineData("Subject: x\r\n\r\nMessage-ID: <1@a.test>\r\n", "")]
    [InlineData("X-Message-ID: <1@a.test>\r\n\r\n", "")]
    [InlineData("Message-ID <1@a.test>\r\n\r\n", "")]
    [InlineData("Message-ID: <1@a.test>", "")]
    [InlineData("\r\n", "")]
    [InlineData("", "")]
    public void The_first_field_of_the_header_counts(string content, string expected)
    {
        var octets = Encoding.UTF8.GetBytes(content);
        Assert.Equal(expected, HeaderMessageId.Read(new MessageContent(octets)));
        Assert.Equal(expected, HeaderMessageId.Read(new MessageContent(InPieces(octets))));
    }

    [Fact]
    public void A_long_id_is_cut_off_and_a_long_header_is_not_searched()
    {
        var id = new string('a', HeaderMessageId.MaxLength);
        Assert.Equal(id, Read($"Message-ID: {id}bbb\r\n ccc\r\n\r\n"));
        Assert.Equal(id, Read($"Message-ID: {id[..500]}\r\n {id[500..]}bbb\r\n\r\n"));
        var fields = string.Concat(Enumerable.Repeat($"X: {id}\r\n", 1 + HeaderMessageId.MaxHeader / id.Length));
        Assert.Equal("", Read($"{fields}Message-ID: <1@a.test>\r\n\r\n"));
        Assert.Equal("", Read(new string('x', 2 * HeaderMessageId.MaxHeader)));
    }

    private static string Read(string content) => HeaderMessageId.Read(new MessageContent(Encoding.ASCII.GetBytes(content)));

    private static ReadOnlySequence<byte> InPieces(byte[] octets)
    {
        if (octets.Length == 0) return default;
        var first = new Piece(octets.AsMemory(0, 1), null);
        var last = first;
        for (var i = 1; i < octets.Length; i++) last = new Piece(octets.AsMemory(i, 1), last);
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> octets, Piece? before)
        {
            Memory = octets;
            RunningIndex = before is null ? 0 : before.RunningIndex + 1;
            if (before is not null) before.Next = this;
        }
    }
}
