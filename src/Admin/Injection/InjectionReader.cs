using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Injection;

/// <summary>Makes the submission of a request. Each fault is a problem that names its place.</summary>
internal sealed partial class InjectionReader(AdminSettings settings, TimeProvider time)
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
                "stream", Cut(request.Stream), $"at most {QueueKey.MaxStreamLength} lower-case letters, digits, - and _");
        }

        if (!settings.Streams.IsEmpty && !settings.Streams.Has(request.Stream))
        {
            throw new ProblemException(
                ProblemKind.MessageRefused,
                $"stream is '{request.Stream}'; allowed: default, or a stream of the configuration: {StreamNames()}");
        }

        var key = Key(request, hash, user);
        var sendAfter = request.SendAt is { } sendAt ? SendAfter(sendAt) : 0;
        var metadata = request.Metadata is { } noted ? Metadata(noted) : MessageMetadata.None;
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
            SendAfter = sendAfter,
            Metadata = metadata,
            Acceptance = AcceptanceDetails.None with
            {
                Listener = Listener,
                User = user,
                HeaderMessageId = HeaderMessageId.Read(content),
            },
        };
        return new Submission(id, envelope, recipients, content) { Stream = request.Stream, Key = key };
    }

    // By the clock on the wall, as the client knows the time. A part of a second counts as a second: no attempt is made too early.
    private int SendAfter(string text)
    {
        if (!Time().IsMatch(text) || !QueryReader.TryReadTime(text.ToUpperInvariant(), out var sendAt))
            throw JsonBody.Wrong("sendAt", Cut(text), "a time with an offset, as in 2026-11-29T18:00:00Z or 2026-11-29T19:00:00+01:00");
        var wait = sendAt - time.GetWallTime();
        if (wait > settings.MaxSendAfter)
        {
            throw JsonBody.Wrong(
                "sendAt", text,
                $"at most {settings.MaxSendAfter.TotalHours:0.##} hours ahead, the queue lifetime");
        }

        return (int)Math.Max(0, Math.Ceiling(wait.TotalSeconds));
    }

    private static MessageMetadata Metadata(IReadOnlyDictionary<string, string> entries)
    {
        if (entries.Count > MessageMetadata.MaxEntries)
            throw JsonBody.Wrong($"metadata has {entries.Count} entries; allowed: {MessageMetadata.MaxEntries}");
        foreach (var (name, text) in entries)
        {
            if (!MessageMetadata.IsName(name))
                throw JsonBody.Wrong(
                    $"metadata has the name '{Cut(name)}'; allowed: 1 to {MessageMetadata.MaxName} characters, without control characters");
            if (text is null || !MessageMetadata.IsText(text))
                throw JsonBody.Wrong(
                    $"metadata.{name}", Cut(text ?? "null"), $"at most {MessageMetadata.MaxText} characters, without control characters");
        }

        return new MessageMetadata([.. entries]);
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

    private string StreamNames()
    {
        var names = settings.Streams.Names.ToList();
        return string.Join(", ", names.Take(MaxShown)) + (names.Count > MaxShown ? ", ..." : "");
    }

    private static string Cut(string text) => text.Length <= 100 ? text : text[..100] + "...";

    // RFC 3339 section 5.6.
    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$")]
    private static partial Regex Time();
}
