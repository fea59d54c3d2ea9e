using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>
/// The request to a hook at a stage: a JSON object whose largest part, the body of the message, stays where it is. Immutable. Pure.
/// </summary>
/// <param name="Head">The object up to the body; all of it where there is no message.</param>
/// <param name="Body">The body of the message, which stands as a string behind the head.</param>
/// <param name="Tail">What stands behind the body.</param>
internal sealed record HookRequest(ReadOnlyMemory<byte> Head, ReadOnlySequence<byte> Body, ReadOnlyMemory<byte> Tail)
{
    // Of each field: two brackets, four quotes and two commas.
    private const long MarksOfField = 8;

    // The writer doubles its buffer, and the head is a copy of it.
    private const int Copies = 3;

    // As the body is written: characters beyond ASCII stay as they are.
    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The length of the request in octets.</summary>
    public long Length { get; } = Head.Length + JsonText.Measure(Body) + Tail.Length;

    /// <summary>The request at a stage of the envelope.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="session">The session.</param>
    /// <param name="hostname">The name of this host.</param>
    /// <param name="helloName">The client's name in HELO.</param>
    /// <param name="envelope">Writes the envelope; null for none.</param>
    public static HookRequest Of(
        FilterStages stage, ISmtpSession session, string hostname, string helloName, Action<Utf8JsonWriter>? envelope)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Form))
        {
            json.WriteStartObject();
            WriteContext(json, stage, session, hostname, helloName, id: null);
            if (envelope is not null) WriteEnvelope(json, envelope);
            json.WriteEndObject();
        }

        return new HookRequest(output.WrittenMemory, default, default);
    }

    /// <summary>The request about a complete message.</summary>
    public static HookRequest Of(in MessageSubject subject, MessageLayout layout, string hostname)
    {
        var (session, sender, recipients) = (subject.Session, subject.ReversePath, subject.Recipients);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Form))
        {
            json.WriteStartObject();
            WriteContext(json, FilterStages.Data, session, hostname, session.ClientName, subject.Id.ToString());
            WriteEnvelope(json, envelope => WriteEnvelope(envelope, sender, null, NamesOf(recipients)));
            json.WriteStartObject("message");
            WriteHeaders(json, "headers", layout, layout.Fields.Where(field => !ReferenceEquals(field, layout.Own)));
            WriteHeaders(json, "serverHeaders", layout, layout.Own is { } own ? [own] : []);
            json.WriteNumber("size", subject.Content.Length);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        // The body becomes the last property of the message.
        var head = new byte[output.WrittenCount - 2 + Contents.Length];
        output.WrittenSpan[..^2].CopyTo(head);
        Contents.CopyTo(head.AsSpan(output.WrittenCount - 2));
        return new HookRequest(head, subject.Content.Octets.Slice(layout.BodyStart), "\"}}"u8.ToArray());
    }

    /// <summary>The most octets that the header of a message takes while its request is made.</summary>
    public static long MemoryOf(MessageLayout layout)
    {
        var length = layout.Fields.Count * MarksOfField;
        foreach (var memory in layout.Content.Octets.Slice(0, layout.HeaderEnd))
            foreach (var octet in memory.Span) length += MostOf(octet);

        return Copies * length;
    }

    // A control character becomes six octets, as \u0001, and an octet that is not UTF-8 the three of a replacement character.
    private static int MostOf(byte octet) => octet switch
    {
        (byte)'\r' or (byte)'\n' or (byte)'"' or (byte)'\\' => 2,
        < 0x20 or 0x7f => 6,
        < 0x80 => 1,
        _ => 3,
    };

    /// <summary>Writes sender and recipients.</summary>
    /// <param name="json">Receives the properties.</param>
    /// <param name="sender">The reverse-path; null for the null reverse-path.</param>
    /// <param name="size">The declared size; null for none.</param>
    /// <param name="recipients">The recipients, with their DSN requests.</param>
    public static void WriteEnvelope(
        Utf8JsonWriter json, Mailbox? sender, long? size, IEnumerable<(Mailbox Mailbox, DsnRequest Request)> recipients)
    {
        json.WriteStartObject("from");
        json.WriteString("address", sender?.Address ?? "");
        if (size is { } octets)
        {
            json.WriteStartObject("parameters");
            json.WriteString("SIZE", octets.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("to");
        foreach (var (mailbox, request) in recipients)
        {
            json.WriteStartObject();
            json.WriteString("address", mailbox.Address);
            WriteParameters(json, request);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static ReadOnlySpan<byte> Contents => ",\"contents\":\""u8;

    // A recipient appears by the addresses that the client has named, as at its stage.
    private static IEnumerable<(Mailbox Mailbox, DsnRequest Request)> NamesOf(IReadOnlyList<MessageRecipient> recipients)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var recipient in recipients)
            foreach (var name in recipient.Named ?? [recipient.Mailbox])
                if (known.Add(name.Address)) yield return (name, recipient.Request);
    }

    private static void WriteContext(
        Utf8JsonWriter json, FilterStages stage, ISmtpSession session, string hostname, string helloName, string? id)
    {
        json.WriteStartObject("context");
        json.WriteString("stage", FilterStageText.WordOf(stage));
        json.WriteStartObject("client");
        json.WriteString("ip", session.Client.ToString());
        // The port is not known, and neither is the name in the DNS.
        json.WriteNumber("port", 0);
        json.WriteNull("ptr");
        if (helloName.Length == 0) json.WriteNull("helo");
        else json.WriteString("helo", helloName);
        json.WriteNumber("activeConnections", 1);
        json.WriteEndObject();
        if (session.AuthenticatedUser is { } user)
        {
            json.WriteStartObject("sasl");
            json.WriteString("login", user);
            json.WriteString("method", session.AuthenticationMechanism);
            json.WriteEndObject();
        }

        if (session.Tls is { } tls)
        {
            json.WriteStartObject("tls");
            json.WriteString("version", tls.Version);
            json.WriteString("cipher", tls.Cipher);
            json.WriteEndObject();
        }

        json.WriteStartObject("server");
        json.WriteString("name", hostname);
        var endpoint = IPEndPoint.TryParse(session.Listener.Endpoint, out var parsed) ? parsed : null;
        json.WriteNumber("port", endpoint?.Port ?? 0);
        json.WriteString("ip", endpoint?.Address.ToString());
        json.WriteEndObject();
        if (id is not null)
        {
            json.WriteStartObject("queue");
            json.WriteString("id", id);
            json.WriteEndObject();
        }

        json.WriteStartObject("protocol");
        json.WriteNumber("version", 1);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEnvelope(Utf8JsonWriter json, Action<Utf8JsonWriter> write)
    {
        json.WriteStartObject("envelope");
        write(json);
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, DsnRequest request)
    {
        var notify = MilterEvents.NotifyOf(request.Notify);
        if (notify is null && request.OriginalRecipient.Length == 0) return;
        json.WriteStartObject("parameters");
        if (notify is not null) json.WriteString("NOTIFY", notify);
        if (request.OriginalRecipient.Length > 0) json.WriteString("ORCPT", request.OriginalRecipient);
        json.WriteEndObject();
    }

    // Each field is a list of its name and its value, without the space behind the colon and without the last line end.
    private static void WriteHeaders(Utf8JsonWriter json, string name, MessageLayout layout, IEnumerable<LayoutField> fields)
    {
        json.WriteStartArray(name);
        foreach (var field in fields)
        {
            var octets = layout.Content.Octets.Slice(field.Start, field.Length).ToArray();
            var value = octets.AsSpan(octets.IndexOf((byte)':') + 1).TrimEnd("\r\n"u8);
            if (value is [(byte)' ', ..]) value = value[1..];
            json.WriteStartArray();
            json.WriteStringValue(field.Name);
            json.WriteStringValue(Encoding.UTF8.GetString(value));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
