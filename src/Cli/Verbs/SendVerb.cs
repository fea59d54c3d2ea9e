using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>send</c>: sends a message, given in parts or as a whole, and prints its id.</summary>
internal sealed class SendVerb
{
    private const string StandardInput = "-";

    // As octets of a file. The API has the limit of the configuration.
    private const long MaxFile = 64 << 20;

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = "text/csv",
        [".gif"] = "image/gif",
        [".html"] = "text/html",
        [".ics"] = "text/calendar",
        [".jpeg"] = "image/jpeg",
        [".jpg"] = "image/jpeg",
        [".json"] = "application/json",
        [".pdf"] = "application/pdf",
        [".png"] = "image/png",
        [".txt"] = "text/plain",
        [".zip"] = "application/zip",
    };

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Option<string> _from = new("--from")
    {
        HelpName = "ADDRESS",
        Description = "The sender, which gets reports of failures; '<>' for none",
        Required = true,
    };

    private readonly Option<string[]> _to = new("--to")
    {
        HelpName = "ADDRESS",
        Description = "A recipient; may be given several times",
        Required = true,
    };

    private readonly Option<string?> _subject = Text("--subject", "TEXT", "The subject");
    private readonly Option<string?> _text = Text(
        "--text", "TEXT", "The text; without --text, --html and --raw it is read from standard input");
    private readonly Option<string?> _html = Text("--html", "FILE", "A file with the text in HTML; - is standard input");
    private readonly Option<string[]> _attach =
        new("--attach") { HelpName = "FILE", Description = "A file to attach; may be given several times" };
    private readonly Option<string[]> _header = new("--header")
    {
        HelpName = "FIELD",
        Description = "A field of the header, such as 'Reply-To: me@example.org'; may be given several times",
    };

    private readonly Option<string?> _raw = Text("--raw", "FILE", "A file with the whole message, header included; - is standard input");
    private readonly Option<string?> _stream = Text("--stream", "STREAM", "The stream of the message");
    private readonly Option<string?> _sendAt = Text("--send-at", "TIME", "When to send: a duration from now such as 2h, or a time");
    private readonly Option<int?> _priority =
        new("--priority") { HelpName = "NUMBER", Description = "The priority, -9 to 9; the highest is sent first" };

    private readonly DeliverByOptions _deliverBy = new();
    private readonly Option<string?> _key = Text(
        "--idempotency-key", "KEY", "Names the message, so that a repetition with the same key does not send it again");

    public static Command Create(VerbFrame frame)
    {
        var verb = new SendVerb();
        return frame.Verb("send", "Send a message, and print its id.", verb.Symbols, verb.RunAsync);
    }

    private IEnumerable<Symbol> Symbols =>
        [_from, _to, _subject, _text, _html, _attach, _header, _raw, _stream, _sendAt, _priority, .. _deliverBy.Symbols, _key];

    private async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(session, cancellationToken);
        var answer = await session.Api.SendAsync(HttpMethod.Post, "messages", body.ToJsonString(), cancellationToken);
        if (session.IsJson) session.Write(answer);
        else session.Screen.Line(answer.Root.Get("id").Words());
        if (session.Parsed.GetValue(_priority) is { } wanted && answer.Root.Get("priority").Words() is { Length: > 0 } priority
            && priority != wanted.ToString(CultureInfo.InvariantCulture))
            session.Screen.Warn($"the priority is {priority}, the highest allowed");
        return ExitCode.Done;
    }

    private async Task<JsonObject> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        var parsed = session.Parsed;
        var recipients = parsed.GetValue(_to) ?? [];
        var body = new JsonObject
        {
            ["from"] = parsed.GetValue(_from),
            ["recipients"] = new JsonArray([.. recipients.Select(recipient => (JsonNode)recipient)]),
        };
        if (parsed.GetValue(_stream) is { } stream) body["stream"] = stream;
        if (parsed.GetValue(_key) is { } key) body["idempotencyKey"] = key;
        if (parsed.GetValue(_sendAt) is { } sendAt)
            body["sendAt"] = TimeOption.Read("--send-at", sendAt, isPast: false, session.Surroundings.Time);
        if (parsed.GetValue(_priority) is { } priority) body["priority"] = priority;
        if (_deliverBy.Read(parsed) is { } deliverBy) body["deliverBy"] = deliverBy;
        if (parsed.GetValue(_raw) is { } raw)
        {
            foreach (var option in new Option[] { _subject, _text, _html, _attach, _header })
            {
                if (parsed.GetResult(option) is { Implicit: false })
                    throw new VerbException(ExitCode.WrongUse, $"{option.Name} is given beside --raw; allowed: a field in the raw message");
            }

            body["raw"] = await ReadTextAsync(session, "--raw", raw, cancellationToken);
            return body;
        }

        var headers = Headers(parsed.GetValue(_header) ?? []);
        if (parsed.GetValue(_subject) is { } subject) Add(headers, "Subject", subject);
        if (!headers.ContainsKey("To") && recipients.All(each => Ascii.IsValid(each))) headers["To"] = string.Join(", ", recipients);
        if (headers.Count > 0) body["headers"] = headers;
        var html = parsed.GetValue(_html);
        if (html is not null) body["html"] = await ReadTextAsync(session, "--html", html, cancellationToken);
        if (parsed.GetValue(_text) is { } text) body["text"] = text;
        else if (html is null) body["text"] = await ReadTextAsync(session, "--text", StandardInput, cancellationToken);
        if (parsed.GetValue(_attach) is { Length: > 0 } files)
        {
            var attachments = new JsonArray();
            foreach (var file in files) attachments.Add(await AttachmentAsync(session, file, cancellationToken));
            body["attachments"] = attachments;
        }

        return body;
    }

    private static JsonObject Headers(string[] fields)
    {
        var headers = new JsonObject(new JsonNodeOptions { PropertyNameCaseInsensitive = true });
        foreach (var field in fields)
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1)
                throw new VerbException(ExitCode.WrongUse, $"--header is '{field}'; allowed: a field such as 'Reply-To: me@example.org'");
            Add(headers, field[..colon].Trim(), field[(colon + 1)..].Trim());
        }

        return headers;
    }

    private static void Add(JsonObject headers, string name, string value)
    {
        if (!headers.TryAdd(name, value))
            throw new VerbException(ExitCode.WrongUse, $"the field {name} is given more than once; allowed: once");
    }

    private static async Task<JsonObject> AttachmentAsync(Session session, string file, CancellationToken cancellationToken)
    {
        if (file == StandardInput)
            throw new VerbException(ExitCode.WrongUse, "--attach is '-'; allowed: a file, whose name is shown to recipients");
        var octets = await ReadFileAsync(session, "--attach", file, cancellationToken);
        return new JsonObject
        {
            ["name"] = Path.GetFileName(file),
            ["content"] = Convert.ToBase64String(octets),
            ["type"] = Types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream"),
        };
    }

    private static async Task<string> ReadTextAsync(Session session, string option, string file, CancellationToken cancellationToken)
    {
        try
        {
            return Strict.GetString(await ReadFileAsync(session, option, file, cancellationToken));
        }
        catch (DecoderFallbackException)
        {
            throw new VerbException(
                ExitCode.WrongUse, $"{option}: {Shown(file)} is not UTF-8; allowed: text in UTF-8, or sending over SMTP");
        }
    }

    private static async Task<byte[]> ReadFileAsync(Session session, string option, string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var input = file == StandardInput ? session.Surroundings.OpenInput() : File.OpenRead(file);
            using var octets = new MemoryStream();
            var buffer = new byte[64 << 10];
            while (await input.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                await octets.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                if (octets.Length > MaxFile)
                    throw new VerbException(
                        ExitCode.WrongUse,
                        string.Create(CultureInfo.InvariantCulture, $"{option}: {Shown(file)} has more than {MaxFile} octets"));
            }

            return octets.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new VerbException(ExitCode.WrongUse, $"{option}: {Shown(file)} cannot be read: {e.Message}");
        }
    }

    private static string Shown(string file) => file == StandardInput ? "standard input" : $"'{file}'";

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
