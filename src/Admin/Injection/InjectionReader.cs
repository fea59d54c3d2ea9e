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

    // Of streams in the text of a problem.
    private const int MaxShown = 20;

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
                "stream", JsonBody.Cut(request.Stream), $"at most {QueueKey.MaxStreamLength} lower-case letters, digits, - and _");
        }

        if (!settings.Streams.IsEmpty && !settings.Streams.Has(request.Stream))
        {
            throw new ProblemException(
                ProblemKind.MessageRefused,
                $"stream is '{request.Stream}'; allowed: default, or a stream of the configuration: {StreamNames()}");
        }

        var key = Key(request, hash, user);
        var times = new InjectionTimes(settings, time.GetWallTime());
        var sendAfter = request.SendAt is { } sendAt ? times.SendAfter(sendAt) : 0;
        var deliverBy = request.DeliverBy is { } by ? times.DeliverBy(by) : null;
        // RFC 4865 section 5.2.2.
        if (sendAfter > 0 && deliverBy is not null && sendAfter >= deliverBy.Within)
            throw JsonBody.Wrong("sendAt", request.SendAt!, "a time before the end of deliverBy");
        var metadata = request.Metadata is { } noted ? Metadata(noted) : MessageMetadata.None;
        var id = MessageId.New(time.GetUtcNow());
        var priority = request.Priority is { } given ? Priority(given) : (int?)null;
        var builder = new InjectedContent(TraceHeader(id, priority), settings.MaxMessageSize.Bytes);
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
            SendAfter = sendAfter,
            Priority = priority ?? 0,
            DeliverBy = deliverBy,
            Metadata = metadata,
            Acceptance = AcceptanceDetails.None with
            {
                Listener = Listener,
                User = user,
                HeaderMessageId = HeaderMessageId.Read(content),
            },
        };
        return new Submission(id, envelope, recipients, content) { Stream = request.Stream, Key = key, IsOwn = true };
    }

    // RFC 6710 section 4.1: a higher priority is lowered.
    private int Priority(int given) => given is >= MessagePriority.Min and <= MessagePriority.Max ? Math.Min(given, settings.MaxPriority)
        : throw JsonBody.Wrong(
            "priority", given.ToString(CultureInfo.InvariantCulture), $"{MessagePriority.Min} to {MessagePriority.Max}");

    private static MessageMetadata Metadata(IReadOnlyDictionary<string, string> entries)
    {
        if (entries.Count > MessageMetadata.MaxEntries)
            throw JsonBody.Wrong($"metadata has {entries.Count} entries; allowed: {MessageMetadata.MaxEntries}");
        foreach (var (name, text) in entries)
        {
            if (!MessageMetadata.IsName(name))
                throw JsonBody.Wrong(
                    $"metadata has the name '{JsonBody.Cut(name)}'; allowed: 1 to {MessageMetadata.MaxName} characters, " +
                    "without control characters");
            if (text is null || !MessageMetadata.IsText(text))
                throw JsonBody.Wrong(
                    $"metadata.{name}", JsonBody.Cut(text ?? "null"),
                    $"at most {MessageMetadata.MaxText} characters, without control characters");
        }

        return new MessageMetadata([.. entries]);
    }

    private static IdempotencyKey? Key(InjectionRequest request, byte[] hash, string user)
    {
        if (request.IdempotencyKey is not { } key) return null;
        if (!IdempotencyKey.IsValid(key)) throw JsonBody.Wrong("idempotencyKey", JsonBody.Cut(key), IdempotencyKey.Form);
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
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw JsonBody.Wrong(path, JsonBody.Cut(text ?? "null"), allowed);

    // RFC 5321 section 4.4. The client's address is in the history alone, since receivers would take it for the address of a mail host.
    private byte[] TraceHeader(MessageId id, int? priority)
    {
        // RFC 6710 section 7.
        var clause = priority is null ? "" : string.Create(CultureInfo.InvariantCulture, $"\r\n\tpriority {priority}");
        var date = time.GetWallTime().ToUniversalTime().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes($"Received: by {settings.Hostname} with HTTP id {id}{clause};\r\n\t{date}\r\n");
    }

    private string StreamNames()
    {
        var names = settings.Streams.Names.ToList();
        return string.Join(", ", names.Take(MaxShown)) + (names.Count > MaxShown ? ", ..." : "");
    }
}
