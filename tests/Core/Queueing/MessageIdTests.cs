using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Generators;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

public sealed class MessageIdTests
{
    [Fact]
    public void Every_form_reads_back() => ValueGen.Id.Sample(id =>
    {
        Assert.Equal(MessageId.TextLength, id.ToString().Length);
        Assert.True(MessageId.TryParse(id.ToString(), out var fromText));
        Assert.True(MessageId.TryParse(id.ToString().ToLowerInvariant(), out var fromLower));
        Assert.Equal(id, fromText);
        Assert.Equal(id, fromLower);
        Assert.Equal(id, MessageId.FromBytes(id.ToByteArray()));
        Assert.Equal(id, MessageId.FromGuid(id.ToGuid()));
        Assert.Equal(id, MessageId.FromHalves(id.High, id.Low));
    }, iter: 5_000);

    [Fact]
    public void All_forms_have_the_same_order()
    {
        // Ids that differ in a single bit are the hardest to order.
        var gen = Gen.Select(ValueGen.Id, Gen.Int[0, 127]).Select((id, bit) => (Left: id, Right: bit < 64
            ? MessageId.FromHalves(id.High, id.Low ^ (1UL << bit))
            : MessageId.FromHalves(id.High ^ (1UL << (bit - 64)), id.Low)));
        gen.Sample(pair =>
        {
            var order = Math.Sign(pair.Left.CompareTo(pair.Right));
            Assert.Equal(order, Math.Sign(string.CompareOrdinal(pair.Left.ToString(), pair.Right.ToString())));
            Assert.Equal(order, Math.Sign(pair.Left.ToByteArray().AsSpan().SequenceCompareTo(pair.Right.ToByteArray())));
            Assert.Equal(order, Math.Sign(pair.Left.ToGuid().CompareTo(pair.Right.ToGuid())));
            Assert.Equal(order < 0, pair.Left < pair.Right);
            Assert.Equal(order > 0, pair.Left > pair.Right);
            Assert.NotEqual(pair.Left, pair.Right);
        }, iter: 5_000);
    }

    [Fact]
    public void A_later_message_has_a_greater_id()
    {
        var now = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        Gen.Int[1, 1_000_000].Sample(milliseconds => Assert.True(MessageId.New(now) < MessageId.New(now.AddMilliseconds(milliseconds))));
    }

    [Fact]
    public void A_new_id_is_a_uuid_of_version_7()
    {
        var guid = MessageId.New(DateTimeOffset.UnixEpoch.AddDays(20_000)).ToGuid();
        Assert.Equal(7, guid.Version);
        Assert.InRange(guid.Variant, 8, 11);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0000000000000000000000000")]
    [InlineData("000000000000000000000000000")]
    [InlineData("80000000000000000000000000")]
    [InlineData("0000000000000000000000000U")]
    [InlineData("0000000000000000000000000I")]
    [InlineData("0000000000000000000000000ſ")]
    public void Other_text_is_refused(string? text) => Assert.False(MessageId.TryParse(text, out _));

    [Fact]
    public void Hostile_text_never_throws_and_never_has_two_spellings() =>
        Gen.OneOf(AddressGen.Hostile, Gen.Char['0', 'z'].Array[26].Select(chars => new string(chars))).Sample(text =>
        {
            if (MessageId.TryParse(text, out var id)) Assert.Equal(text.ToUpperInvariant(), id.ToString());
        }, iter: 10_000);

    [Fact]
    public void Bytes_of_another_length_throw() => Assert.Throws<ArgumentException>(() => MessageId.FromBytes(new byte[15]));
}
