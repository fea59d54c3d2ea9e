using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Benchmarks.Fixtures;

/// <summary>Makes messages.</summary>
internal static class Mail
{
    public static readonly QueueKey Queue = QueueKey.FromTrusted("default:example.com");

    public static readonly Mailbox Recipient = Mailbox.Parse("someone@example.com");

    private static readonly PartEnvelope Part = new([Recipient]);

    /// <summary>Content of a given size in octets, in lines of 78 characters without a leading dot.</summary>
    public static byte[] Content(int octets)
    {
        const string Header = "From: from@source.test\r\nTo: someone@example.com\r\nSubject: a benchmark\r\n\r\n";
        var text = new StringBuilder(Header);
        while (text.Length < octets - 2) text.Append('x', Math.Min(76, octets - 2 - text.Length)).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static NewMessage New(MessageContent content, DateTimeOffset now) => new(
        MessageId.New(now), now, new MessageEnvelope
        {
            ReversePath = Mailbox
            .Parse("from@source.test"),
            Size = content.Length,
            ClientAddress = "127.0.0.1",
            ClientName = "client.example.org"
        },
        content, [new NewPart(Queue, Part)]);

    public static SpooledPart Spooled(MessageContent content) => new(
        new PartId(MessageId.FromHalves(1, 1), Queue), DateTimeOffset.UnixEpoch,
        new MessageEnvelope { ReversePath = Mailbox.Parse("from@source.test"), Size = content.Length }, Part, content);
}
