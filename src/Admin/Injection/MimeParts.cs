using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Core.Mail;

namespace Postfleet.Admin.Injection;

/// <summary>Makes a MIME message, in ASCII, of the parts of a request.</summary>
internal static class MimeParts
{
    private const int MaxHeaders = 100;

    private const int MaxHeaderValue = 8000;

    private const int MaxAttachments = 100;

    private const int MaxName = 255;

    // The longest name of a field leaves room for its value in the line.
    private const int MaxHeaderName = 76;

    private static readonly FormatOptions Format = MakeFormat();

    private static readonly HashSet<string> AddressFields =
        new(["From", "Sender", "Reply-To", "To", "Cc"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Builds the message.</summary>
    /// <exception cref="ProblemException">A part has a fault.</exception>
    public static byte[] Build(
        InjectionRequest request, Mailbox? from, IReadOnlyList<Mailbox> recipients, string hostname, DateTimeOffset now)
    {
        using var message = new MimeMessage(new HeaderList());
        foreach (var (name, value) in Checked(request.Headers)) Add(message, name, value);
        var headers = message.Headers;
        if (!headers.Contains(HeaderId.From))
        {
            if (from is null) throw JsonBody.Wrong("headers has no From, and from is '<>'; allowed: a From");
            Add(message, "From", from.Address);
        }

        if (!headers.Contains(HeaderId.To) && !headers.Contains(HeaderId.Cc))
        {
            if (recipients is [var only] && only.IsAscii) Add(message, "To", only.Address);
            else message.To.Add(new GroupAddress("undisclosed-recipients"));
        }

        if (!headers.Contains(HeaderId.Date)) message.Date = now;
        if (!headers.Contains(HeaderId.MessageId)) message.MessageId = MimeUtils.GenerateMessageId(hostname);
        using var body = Body(request);
        message.Body = body;
        message.Prepare(EncodingConstraint.SevenBit);
        using var octets = new MemoryStream();
        message.WriteTo(Format, octets);
        return octets.ToArray();
    }

    private static IEnumerable<KeyValuePair<string, string>> Checked(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null) yield break;
        if (headers.Count > MaxHeaders) throw JsonBody.Wrong($"headers has {headers.Count} fields; allowed: {MaxHeaders}");
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in headers)
        {
            var (name, value) = header;
            // RFC 5322 section 3.6.8.
            if (name.Length is 0 or > MaxHeaderName || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(':'))
                throw JsonBody.Wrong($"headers has a field with a malformed name; allowed: at most {MaxHeaderName} characters, ASCII " +
                    "without space, colon and control characters");
            if (!used.Add(name)) throw JsonBody.Wrong($"headers.{name} is given more than once, in another case; allowed: once");
            if (IsOurs(name)) throw JsonBody.Wrong($"headers.{name} is set; allowed: other fields, since the program makes this one");
            if (name.Equals("Bcc", StringComparison.OrdinalIgnoreCase) || name.Equals("Resent-Bcc", StringComparison.OrdinalIgnoreCase))
                throw JsonBody.Wrong($"headers.{name} would be shown to all recipients; allowed: the addresses in recipients alone");
            if (value is null || value.Length > MaxHeaderValue || value.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0
                || value.Contains('\x7f'))
                throw JsonBody.Wrong($"headers.{name} has a malformed value; allowed: at most {MaxHeaderValue} characters, without line " +
                    "ends and control characters");
            yield return header;
        }
    }

    // The structure of the content, and what hosts add.
    private static bool IsOurs(string name) => name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("MIME-Version", StringComparison.OrdinalIgnoreCase) || name.Equals("Received", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Return-Path", StringComparison.OrdinalIgnoreCase);

    private static void Add(MimeMessage message, string name, string value)
    {
        if (AddressFields.Contains(name))
        {
            if (!InternetAddressList.TryParse(value, out var addresses) || addresses.Count == 0)
                throw JsonBody.Wrong($"headers.{name} is no list of addresses; allowed: as in 'Shop <news@example.com>, user@example.org'");
            // Such a header needs SMTPUTF8 (RFC 6532).
            if (addresses.Mailboxes.Any(mailbox => !Ascii.IsValid(mailbox.LocalPart)))
                throw JsonBody.Wrong($"headers.{name} has a local part beyond ASCII; allowed: ASCII, or the message in raw");
        }

        message.Headers.Add(name, value);
    }

    private static MimeEntity Body(InjectionRequest request)
    {
        if (request.Text is null && request.Html is null)
            throw JsonBody.Wrong("$ lacks raw, text and html; allowed: raw, or one or both of text and html");
        var attachments = request.Attachments ?? [];
        if (attachments.Count > MaxAttachments)
            throw JsonBody.Wrong($"attachments has {attachments.Count} entries; allowed: {MaxAttachments}");
        var body = new BodyBuilder { TextBody = Checked("text", request.Text), HtmlBody = Checked("html", request.Html) };
        foreach (var (index, attachment) in attachments.Index()) Add(body, $"attachments[{index}]", attachment);
        return body.ToMessageBody();
    }

    private static string? Checked(string name, string? text)
    {
        if (text is null) return null;
        if (text.Contains('\0')) throw JsonBody.Wrong($"{name} has a NUL; allowed: other characters");
        for (var at = text.IndexOf('\r'); at >= 0; at = text.IndexOf('\r', at + 1))
        {
            if (at + 1 == text.Length || text[at + 1] != '\n')
                throw JsonBody.Wrong($"{name} has a CR without LF; allowed: lines that end with CRLF or LF");
        }

        return text;
    }

    private static void Add(BodyBuilder body, string path, AttachmentBody? attachment)
    {
        if (attachment is null) throw JsonBody.Wrong(path, "null", "an object");
        if (attachment.Name.Length is 0 or > MaxName || attachment.Name.Any(char.IsControl))
            throw JsonBody.Wrong($"{path}.name is malformed; allowed: 1 to {MaxName} characters, without control characters");
        // The parts of a multipart and the lines of a message would have rules of their own.
        if (attachment.Type.Length > MaxName || !Ascii.IsValid(attachment.Type) || attachment.Type.Any(char.IsControl)
            || !ContentType.TryParse(attachment.Type, out var type) || type.MediaType is "multipart" or "message")
            throw JsonBody.Wrong($"{path}.type is malformed; allowed: a media type as image/png, other than multipart and message");
        if (attachment.ContentId is not { } contentId)
        {
            body.Attachments.Add(attachment.Name, attachment.Content, type);
            return;
        }

        if (contentId.Length is 0 or > MaxName || contentId.AsSpan().ContainsAnyExceptInRange('!', '~')
            || contentId.AsSpan().ContainsAny('<', '>'))
            throw JsonBody.Wrong($"{path}.contentId is malformed; allowed: 1 to {MaxName} characters of ASCII, without space, < and >");
        body.LinkedResources.Add(attachment.Name, attachment.Content, type).ContentId = contentId;
    }

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        return format;
    }
}
