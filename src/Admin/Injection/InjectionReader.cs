using System.Globalization;
using System.Text;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Injection;

/// <summary>Makes the submission of a request. Each fault is a problem that names its place.</summary>
internal sealed class InjectionReader(AdminSettings settings, TimeProvider time)
{
    /// <summary>The listener in the history of messages over HTTP.</summary>
    public const string Listener = "http";

    private const string NullPath = "<>";

    /// <summary>Reads a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="hash">The SHA-256 of the body.</param>
    /// <param name="client">The address of the client.</param>
    /// <param name="user">The name of the token.</param>
    /// <exception cref="ProblemException">The request has a fault.</exception>
    public Submission Read(InjectionRequest request, byte[] hash, string client, string user)
    {
        var from = request.From == NullPath ? null : Address("from", request.From, "an address, or <>");
        var recipients = Recipients(request.Recipients);
        if (!QueueKey.TryParse($"{request.Stream}:example.org", out _))
        {
            throw JsonBody.Wrong(
                "stream", Cut(request.Stream), $"at most {QueueKey.MaxStreamLength} lower-case letters, digits, - and _");
        }

        var key = Key(request, hash, user);
        var id = MessageId.New(time.GetUtcNow());
        var builder = new InjectedContent(TraceHeader(id), settings.MaxMessageSize.Bytes);
        if (request.Raw is { } raw)
        {
            if (request.Headers is not null || request.Text is not null || request.Html is not null || request.Attachments is not null)
                throw JsonBody.Wrong("raw is given beside headers, text, html or attachments; allowed: either");
            if (raw.Length == 0) throw JsonBody.Wrong("raw", "", "a message");
            builder.Add(Encoding.UTF8.GetBytes(raw));
        }
        else
        {
            builder.Add(MimeParts.Build(request, from, recipients, settings.Hostname, time.GetWallTime()));
        }

        var content = new MessageContent(builder.ToMemory());
        var envelope = new MessageEnvelope
        {
            ReversePath = from,
            HasEightBitContent = builder.HasEightBit,
            NeedsSmtpUtf8 = from is { IsAscii: false } || builder.HasEightBitHeader,
            Size = content.Length,
            ClientAddress = client,
            Acceptance = AcceptanceDetails.None with
            {
                Listener = Listener,
                User = user,
                HeaderMessageId = HeaderMessageId.Read(content),
            },
        };
        return new Submission(id, envelope, recipients, content) { Stream = request.Stream, Key = key };
    }

    private static IdempotencyKey? Key(InjectionRequest request, byte[] hash, string user)
    {
        if (request.IdempotencyKey is not { } key) return null;
        if (!IdempotencyKey.IsValid(key)) throw JsonBody.Wrong("idempotencyKey", Cut(key), IdempotencyKey.Form);
        return new IdempotencyKey($"{Listener}:{user}", key, hash);
    }

    private List<Mailbox> Recipients(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0 || texts.Count > settings.MaxRecipients)
            throw JsonBody.Wrong($"recipients has {texts.Count} addresses; allowed: 1 to {settings.MaxRecipients}, the limit of SMTP");
        var recipients = new OrderedDictionary<Mailbox, bool>();
        foreach (var (index, text) in texts.Index()) recipients.TryAdd(Address($"recipients[{index}]", text, "an address"), true);
        return [.. recipients.Keys];
    }

    private static Mailbox Address(string path, string? text, string allowed) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw JsonBody.Wrong(path, Cut(text ?? "null"), allowed);

    // RFC 5321 section 4.4. The client's address is in the history alone, since receivers would take it for the address of a mail host.
    private byte[] TraceHeader(MessageId id)
    {
        var date = time.GetWallTime().ToUniversalTime().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes($"Received: by {settings.Hostname} with HTTP id {id};\r\n\t{date}\r\n");
    }

    private static string Cut(string text) => text.Length <= 100 ? text : text[..100] + "...";
}
