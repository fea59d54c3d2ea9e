using System.Buffers;
using System.Text;
using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class HeaderScanTests
{
    private const string Name = "X-Postfleet-Idempotency-Key";

    [Theory]
    [InlineData("", 0)]
    [InlineData("Received: a\r\n\tmore\r\nreceived: b\r\nX: y\r\n\r\nReceived: body\r\n", 2)]
    [InlineData("Received: a\r\nReceived: b", 1)]
    [InlineData("Received-SPF: a\r\nXReceived: b\r\n", 0)]
    public void Hops_are_counted_in_the_header_alone(string content, int hops) =>
        Assert.All(Splits(content), octets => Assert.Equal(hops, HeaderScan.Read(octets).Hops));

    [Theory]
    [InlineData($"A: b\r\n{Name}: k\r\nC: d\r\n\r\nbody\r\n", "k", "A: b\r\nC: d\r\n\r\nbody\r\n")]
    [InlineData("x-postfleet-idempotency-KEY:k1-2 \r\n\r\n", "k1-2", "\r\n")]
    [InlineData($"{Name}:\r\n\t a\r\n b \r\n c\r\nC: d\r\n e\r\n", "a b  c", "C: d\r\n e\r\n")]
    [InlineData($"{Name}: \r\nA: b\r\n", null, "A: b\r\n")]
    [InlineData($"{Name}: a\tb\r\nA: b\r\n", null, "A: b\r\n")]
    [InlineData($"{Name}: \u00e4\r\n", null, "")]
    [InlineData($"{Name}: a\r\nA: b\r\n{Name}: a\r\n\r\n", null, "A: b\r\n\r\n")]
    public void Key_is_read_and_its_field_removed(string content, string? key, string left)
    {
        Assert.All(Splits(content), octets =>
        {
            var fields = HeaderScan.Read(octets).Keys!;
            Assert.Equal(key, KeyHeader.Read(octets, fields));
            Assert.Equal(left, Encoding.Latin1.GetString(OwnHeader.Without(new MessageContent(octets), fields).Octets));
        });
    }

    [Theory]
    [InlineData("A: b\r\nX-Postfleet-Stream: bulk\r\nC: d\r\n\r\nbody\r\n", "bulk", "A: b\r\nC: d\r\n\r\nbody\r\n")]
    [InlineData("x-POSTFLEET-stream:Bulk_1-a \r\n\r\n", "bulk_1-a", "\r\n")]
    [InlineData("X-Postfleet-Stream :\r\n\tbulk\r\n \r\nA: b\r\n", "bulk", "A: b\r\n")]
    [InlineData("X-Postfleet-Stream\t\v \t: bulk\r\nA: b\r\n", "bulk", "A: b\r\n")]
    [InlineData("X-Postfleet-Stream\r\n : bulk\r\nA: b\r\n", "bulk", "A: b\r\n")]
    [InlineData("X-Postfleet-Stream\r\nA: b\r\n", null, "A: b\r\n")]
    [InlineData("X-Postfleet-Stream: a:b\r\nA: b\r\n", null, "A: b\r\n")]
    [InlineData("X-Postfleet-Stream: a b\r\nA: b\r\n", null, "A: b\r\n")]
    [InlineData("X-Postfleet-Stream:\r\nA: b\r\n", null, "A: b\r\n")]
    [InlineData("X-Postfleet-Stream: a\r\nX: y\r\nx-postfleet-stream : a\r\n\r\n", null, "X: y\r\n\r\n")]
    [InlineData("X-Postfleet-Stream: 12345678901234567890123456789012\r\n", "12345678901234567890123456789012", "")]
    [InlineData("X-Postfleet-Stream: 123456789012345678901234567890123\r\n", null, "")]
    public void Stream_is_read_and_its_field_removed(string content, string? stream, string left)
    {
        Assert.All(Splits(content), octets =>
        {
            var scan = HeaderScan.Read(octets);
            Assert.Equal(stream, StreamHeader.Read(octets, scan.Streams!));
            Assert.Equal(left, Encoding.Latin1.GetString(OwnHeader.Without(new MessageContent(octets), scan.Own!).Octets));
        });
    }

    [Theory]
    [InlineData("A: b\r\n\r\nnone", null)]
    [InlineData("A \t: b\r\n c d\r\n\r\n", null)]
    [InlineData("A: b\r\nno field\r\nReceived: c\r\n\r\n", 6)]
    [InlineData("A: b\r\nno field: x\r\nReceived: c\r\n", 6)]
    [InlineData("A: b\r\n: x\r\n\r\n", 6)]
    [InlineData("A: b\r\nna\u00e4: x\r\n\r\n", 6)]
    [InlineData(" A: b\r\nB: c\r\n\r\n", 0)]
    public void A_line_that_belongs_to_no_field_ends_the_header(string content, int? at) => Assert.All(Splits(content), octets =>
    {
        var scan = HeaderScan.Read(octets);
        Assert.Equal(at, scan.BrokenAt);
        var message = MessageHeader.Read(octets);
        Assert.Equal(at is not null, message.HasMalformedLines);
        if (at is { } broken) Assert.Equal(content[broken..], Encoding.Latin1.GetString(message.Body));
    });

    [Theory]
    [InlineData("A: b\r\nno field\r\nC: d\r\n\r\nx\r\n", "A: b\r\n\r\nno field\r\nC: d\r\n\r\nx\r\n")]
    [InlineData("From a@x.test Mon\r\nA: b\r\n\r\n", "Mailbox-Line: From a@x.test Mon\r\nA: b\r\n\r\n")]
    [InlineData(">From a@x.test Mon\r\nno field\r\n", "Mailbox-Line: >From a@x.test Mon\r\n\r\nno field\r\n")]
    [InlineData("A: b\r\nFrom a@x.test\r\n", "A: b\r\n\r\nFrom a@x.test\r\n")]
    [InlineData(" lost\r\nA: b\r\n", "\r\n lost\r\nA: b\r\n")]
    public void The_body_of_a_broken_header_is_separated(string content, string expected)
    {
        const string trace = "Received: from c\r\n\tby mx\r\n";
        Assert.All(Splits(trace + content), octets =>
        {
            var scan = HeaderScan.Read(octets, trace.Length);
            var mended = BrokenHeader.Mend(new MessageContent(octets), trace.Length, ref scan);
            Assert.Equal(trace + expected, Encoding.Latin1.GetString(mended.Octets));
            Assert.Null(scan.BrokenAt);
        });
    }

    [Fact]
    public void Fields_of_both_names_are_removed_in_any_order()
    {
        const string content = $"X-Postfleet-Stream: s\r\nA: b\r\n c\r\n{Name}\t:\r\n k\r\nX-Postfleet-Stream: t\r\n u\r\nC: d\r\n\r\n";
        Assert.All(Splits(content), octets =>
        {
            var scan = HeaderScan.Read(octets);
            Assert.Equal("k", KeyHeader.Read(octets, scan.Keys!));
            Assert.Equal(2, scan.Streams!.Count);
            Assert.Equal(
                "A: b\r\n c\r\nC: d\r\n\r\n", Encoding.Latin1.GetString(OwnHeader.Without(new MessageContent(octets), scan.Own!).Octets));
        });
    }

    [Theory]
    [InlineData("X-Postfleet-Streams: a\r\nX-Postfleet: a\r\nX-Postfleet-Stream-Of: a\r\n\r\nX-Postfleet-Stream: a\r\n")]
    [InlineData("A: b\r\n X-Postfleet-Stream: a\r\n\r\n")]
    [InlineData("X-Postfleet-Stream a: b\r\n\r\n")]
    public void Stream_in_a_body_or_in_another_field_is_none(string content) =>
        Assert.All(Splits(content), octets => Assert.Null(HeaderScan.Read(octets).Own));

    [Fact]
    public void Number_of_own_fields_is_bounded()
    {
        var field = "X-Postfleet-Stream:\r\n"u8;
        Assert.False(HeaderScan.Read(Repeated(field, OwnHeader.MaxFields)).HasTooManyFields);
        Assert.True(HeaderScan.Read(Repeated(field, OwnHeader.MaxFields + 1)).HasTooManyFields);
        Assert.Equal(OwnHeader.MaxFields + 1, HeaderScan.Read(Repeated(field, 5000)).Own!.Count);

        static ReadOnlySequence<byte> Repeated(ReadOnlySpan<byte> field, int times) =>
            new([.. Enumerable.Repeat(field.ToArray(), times).SelectMany(octets => octets)]);
    }

    [Theory]
    [InlineData("A: b\r\n\r\nX-Postfleet-Idempotency-Key: k\r\n")]
    [InlineData("A: b\r\n X-Postfleet-Idempotency-Key: k\r\n\r\n")]
    [InlineData("X-Postfleet-Idempotency-Keys: k\r\nX-Postfle\r\n\r\n")]
    public void Key_in_a_body_or_in_another_field_is_none(string content) =>
        Assert.All(Splits(content), octets => Assert.Null(HeaderScan.Read(octets).Keys));

    [Fact]
    public void Length_of_a_key_is_bounded()
    {
        Assert.Equal(new string('k', 255), Read(new string('k', 255)));
        Assert.Null(Read(new string('k', 256)));
        Assert.Null(Read(string.Concat(Enumerable.Repeat("\r\n ", 500)) + "k"));

        static string? Read(string key)
        {
            var octets = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes($"{Name}: {key}\r\n\r\n"));
            return KeyHeader.Read(octets, HeaderScan.Read(octets).Keys!);
        }
    }

    private static IEnumerable<ReadOnlySequence<byte>> Splits(string content) =>
        Enumerable.Range(0, content.Length + 1).Select(cut => Sequences.Split(Encoding.Latin1.GetBytes(content), cut));
}
