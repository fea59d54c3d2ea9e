using CsCheck;
using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Tests.Storage;

public sealed class EnvelopeCodecTests
{
    private static readonly Gen<Mailbox> Address =
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 64], Gen.String[Gen.Char['a', 'z'], 1, 63], (local, label) => Mailbox
            .Parse($"{local}@{label}.test"));

    private static readonly Gen<MessageEnvelope> Envelope =
        Gen.Select(Gen.Null(Address), Gen.Bool.Array[4], Gen.Long[0, long.MaxValue], Gen.String.AlphaNumeric, Gen.String.AlphaNumeric,
            (path, flags, size, address, name) =>
            new MessageEnvelope
            {
                ReversePath = path,
                HasEightBitContent = flags[0],
                NeedsSmtpUtf8 = flags[1],
                RequiresTls = flags[2],
                IsFromUntrustedClient = flags[3],
                Size = size,
                ClientAddress = address,
                ClientName = name,
            })
        .SelectMany(envelope => Gen.Select(
            Gen.String.AlphaNumeric, Gen.Enum<ReturnContent>(), Gen.String.AlphaNumeric.Array[5], (id, content, texts) => envelope with
            {
                EnvelopeId = id,
                HoldRequest = texts[0],
                Priority = id.Length % 19 - 9,
                DeliverBy = (id.Length % 3) switch
                {
                    0 => null,
                    1 => new DeliverByRequest(texts[1].Length * 1000, DeliverByMode.Return, texts[2].Length % 2 == 0),
                    _ => new DeliverByRequest(-texts[1].Length, DeliverByMode.Notify, texts[2].Length % 2 == 0),
                },
                Return = content,
                Acceptance = new AcceptanceDetails(texts[0], texts[1], texts[2], texts[3], texts[4]),
            }));

    private static readonly Gen<DsnRequest> Request = Gen.OneOf(
        Gen.Const(DsnRequest.None),
        Gen.Select(Gen.Int[0, 8], Gen.String.AlphaNumeric, (notify, original) => new DsnRequest((NotifyOn)notify, original)));

    [Fact]
    public void A_message_envelope_comes_back() =>
        Envelope.Sample(envelope => EnvelopeCodec.DecodeMessage(EnvelopeCodec.Encode(envelope)) == envelope);

    [Fact]
    public void A_part_envelope_comes_back_in_its_order() =>
        Address.List[1, 20].Sample(recipients =>
            EnvelopeCodec.DecodePart(EnvelopeCodec.Encode(new PartEnvelope(recipients))).Recipients.SequenceEqual(recipients));

    [Fact]
    public void Requests_come_back_in_their_places() => Gen.Select(Address, Request).List[1, 20].Sample(rows =>
    {
        var part = new PartEnvelope([.. rows.Select(row => row.Item1)]) { Requests = [.. rows.Select(row => row.Item2)] };
        var read = EnvelopeCodec.DecodePart(EnvelopeCodec.Encode(part));
        Assert.Equal(part.Requests, Enumerable.Range(0, rows.Count).Select(read.RequestOf));
    });

    // Bytes with the fields of RFC 3461, an addition to version 1.
    [Fact]
    public void The_bytes_of_requests_stay_as_they_are()
    {
        var message = new MessageEnvelope { EnvelopeId = "QQ+2B1", Return = ReturnContent.Full };
        const string messageBytes = "420651512B3242314802";
        Assert.Equal(messageBytes, Convert.ToHexString(EnvelopeCodec.Encode(message)));
        Assert.Equal(message, EnvelopeCodec.DecodeMessage(Convert.FromHexString(messageBytes)));

        var part = new PartEnvelope([Mailbox.Parse("a@a.test"), Mailbox.Parse("b@a.test")])
        {
            Requests = [DsnRequest.None, new(NotifyOn.Success | NotifyOn.Failure, "rfc822;c@a.test")],
        };
        const string partBytes = "0A086140612E746573740A086240612E746573741215080110031A0F7266633832323B6340612E74657374";
        Assert.Equal(partBytes, Convert.ToHexString(EnvelopeCodec.Encode(part)));
        Assert.Equal(part.Requests, EnvelopeCodec.DecodePart(Convert.FromHexString(partBytes)).Requests);
    }

    // Bytes with the details of the acceptance, an addition to version 1.
    [Fact]
    public void The_bytes_of_the_acceptance_stay_as_they_are()
    {
        var message = new MessageEnvelope { Acceptance = new("[::]:25", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "alice", "<1@a.test>") };
        const string messageBytes = "5A075B3A3A5D3A32356207544C5376312E336A16544C535F4145535F3235365F47434D5F53484133383472"
            + "05616C6963657A0A3C3140612E746573743E";
        Assert.Equal(messageBytes, Convert.ToHexString(EnvelopeCodec.Encode(message)));
        Assert.Equal(message, EnvelopeCodec.DecodeMessage(Convert.FromHexString(messageBytes)));
    }

    // Bytes written into rows by version 1. They must stay readable for as long as rows of version 1 may exist.
    [Fact]
    public void The_bytes_of_version_1_stay_as_they_are()
    {
        var message = Mail.Message("a.test").Envelope;
        const string messageBytes =
            "0A1273656E646572406578616D706C652E6F7267181922093139322E302E322E372A12636C69656E742E6578616D706C652E6F7267";
        Assert.Equal(messageBytes, Convert.ToHexString(EnvelopeCodec.Encode(message)));
        Assert.Equal(message, EnvelopeCodec.DecodeMessage(Convert.FromHexString(messageBytes)));

        var part = new PartEnvelope([Mailbox.Parse("\"a b\"@a.test"), Mailbox.Parse("c@[192.0.2.1]")]);
        const string partBytes = "0A0C226120622240612E746573740A0D63405B3139322E302E322E315D";
        Assert.Equal(partBytes, Convert.ToHexString(EnvelopeCodec.Encode(part)));
        Assert.Equal(part.Recipients, EnvelopeCodec.DecodePart(Convert.FromHexString(partBytes)).Recipients);
    }

    [Fact]
    public void Fields_of_a_later_version_are_passed_over()
    {
        byte[] later = [.. EnvelopeCodec.Encode(Mail.Message("a.test").Parts[0].Envelope), 0x98, 0x06, 0x01];
        Assert.Equal("user@a.test", EnvelopeCodec.DecodePart(later).Recipients[0].Address);
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        Assert.Throws<InvalidProtocolBufferException>(() => EnvelopeCodec.DecodeMessage([0x0a, 0x7f]));
        Assert.Throws<FormatException>(() => EnvelopeCodec.DecodePart([]));
        Assert.Throws<FormatException>(() => EnvelopeCodec.DecodePart([0x0a, 0x01, (byte)'x']));
        Assert.Throws<FormatException>(() => EnvelopeCodec.DecodePart(
            [.. EnvelopeCodec.Encode(new PartEnvelope([Mailbox.Parse("a@a.test")])), 0x12, 0x02, 0x08, 0x01]));
    }
}
