using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests;

/// <summary>Makes messages.</summary>
internal static class Mail
{
    /// <summary>The moment at which the tests' mail is accepted, unless they say otherwise.</summary>
    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    public static QueueKey Queue(string domain)
    {
        Assert.True(QueueKey.TryParse($"default:{domain}", out var key));
        return key;
    }

    /// <summary>A message with a part for each domain, each with a single recipient.</summary>
    public static NewMessage Message(params string[] domains) => Message(Noon, "Subject: hello\r\n\r\nhello\r\n", domains);

    public static NewMessage Message(DateTimeOffset acceptedAt, string content, params string[] domains)
    {
        var octets = Encoding.Latin1.GetBytes(content);
        return new NewMessage(
            MessageId.New(acceptedAt),
            acceptedAt,
            new MessageEnvelope
            {
                ReversePath = Mailbox.Parse("sender@example.org"),
                HasEightBitContent = octets.Any(octet => octet > 127),
                Size = octets.Length,
                ClientAddress = "192.0.2.7",
                ClientName = "client.example.org",
            },
            new MessageContent(octets),
            [.. domains.Select(domain => new NewPart(Queue(domain), new PartEnvelope([Mailbox.Parse($"user@{domain}")])))]);
    }

    public static NewMessage Large(int size, params string[] domains)
    {
        var octets = new byte[size];
        new Random(size).NextBytes(octets);
        return Message(domains).Holding(new MessageContent(octets));
    }

    /// <summary>The same message with another content.</summary>
    public static NewMessage Holding(this NewMessage message, MessageContent content) =>
        message with { Content = content, Envelope = message.Envelope with { Size = content.Length } };

    /// <summary>The same message with an idempotency key.</summary>
    public static NewMessage WithKey(this NewMessage message, string key, byte hash = 1, string owner = "http:shop") =>
        message with { Key = new IdempotencyKey(owner, key, new byte[] { hash, 0, 255 }) };

    public static NewMessage Notification(string domain = "example.org")
    {
        var message = Message(domain);
        return message with { Envelope = message.Envelope with { ReversePath = null, ClientAddress = "", ClientName = "" } };
    }

    public static PartId Part(this NewMessage message, int index = 0) => new(message.Id, message.Parts[index].Queue);

    /// <summary>A settlement of a part that notes a failure for a later report.</summary>
    public static Settlement Noted(
        this NewMessage message, int part, int attempt = 1, bool isFinal = true, DateTimeOffset? at = null) =>
        new(message.Part(part), attempt, isFinal, null)
        {
            Note = new NotedReport(
                message.Part(part).Queue, ReportCause.Attempt, at ?? Noon, null,
                [
                    new NotedOutcome(
                        [new NotedRecipient(message.Parts[part].Envelope.Recipients[0], "")], Disposition.Failed, SuccessReport.None,
                        new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user"), "mx.test"),
                ]),
        };

    public static byte[] Octets(this SpooledPart part) => part.Content.Octets.ToArray();

    public static void AssertSame(NewMessage expected, SpooledPart? actual, int index = 0)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Part(index), actual.Id);
        Assert.Equal(expected.AcceptedAt, actual.AcceptedAt);
        Assert.Equal(expected.Envelope, actual.Message);
        Assert.Equal(expected.Parts[index].Envelope.Recipients, actual.Part.Recipients);
        Assert.Equal(expected.Content.Octets.ToArray(), actual.Octets());
    }
}
