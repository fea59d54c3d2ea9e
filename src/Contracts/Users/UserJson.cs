using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postfleet.Core.Units;
using Postfleet.Core.Users;

namespace Postfleet.Contracts.Users;

/// <summary>
/// The JSON form of a user with the secrets, for the storage and for files of users. docs/users.md describes it. The API has another form,
/// which shows no secret. Pure.
/// </summary>
public static class UserJson
{
    /// <summary>The most octets of a user.</summary>
    public const int MaxLength = 64 << 10;

    private const int MaxDepth = 8;

    // Without escapes for characters such as + and ', which are frequent in Base64 and in addresses. The text is no part of HTML.
    private static readonly JsonWriterOptions Output = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a user.</summary>
    /// <param name="json">The object, in UTF-8.</param>
    /// <param name="ignoreUnknown">Ignores unknown keys: a newer version of the program may have written them.</param>
    /// <exception cref="UserFormatException">A key or value is not allowed, or the text is too long or no JSON.</exception>
    public static MailUser Parse(ReadOnlyMemory<byte> json, bool ignoreUnknown = false)
    {
        if (json.Length > MaxLength) throw new UserFormatException($"the user has {json.Length} octets; allowed: at most {MaxLength}");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            // The message of the exception may show a part of the text, which has secrets. A repeated key is a fault at its position.
            throw new UserFormatException(
                $"the user is no JSON or has a repeated key, at octet {(e.BytePositionInLine ?? 0) + 1}; allowed: a JSON object");
        }

        using (document) return UserJsonReader.Read(document.RootElement, ignoreUnknown);
    }

    /// <summary>Reads a user.</summary>
    /// <param name="json">The object.</param>
    /// <param name="ignoreUnknown">Ignores unknown keys: a newer version of the program may have written them.</param>
    /// <exception cref="UserFormatException">A key or value is not allowed, or the text is too long or no JSON.</exception>
    public static MailUser Parse(string json, bool ignoreUnknown = false)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > MaxLength) throw new UserFormatException($"the user has {json.Length} characters; allowed: at most {MaxLength}");
        return Parse(Encoding.UTF8.GetBytes(json), ignoreUnknown);
    }

    /// <summary>The JSON of a user, in one line, with the secrets. Empty values are left out.</summary>
    /// <exception cref="UserFormatException">The text would be longer than <see cref="MaxLength"/>.</exception>
    public static string Write(MailUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Output)) Write(json, user);
        return buffer.WrittenCount <= MaxLength ? Encoding.UTF8.GetString(buffer.WrittenSpan)
            : throw new UserFormatException($"the user has {buffer.WrittenCount} octets; allowed: at most {MaxLength}");
    }

    private static void Write(Utf8JsonWriter json, MailUser user)
    {
        json.WriteStartObject();
        json.WriteString(UserKeys.Name, user.Name);
        Text(UserKeys.Scram256, user.Scram256?.ToText());
        Text(UserKeys.Scram1, user.Scram1?.ToText());
        if (!user.CramMd5.IsEmpty) json.WriteBase64String(UserKeys.CramMd5, user.CramMd5.Span);
        List(UserKeys.Addresses, user.Addresses.Select(pattern => pattern.Text));
        List(UserKeys.Streams, user.Streams);
        Limit(UserKeys.MaxRate, user.MaxRate);
        Limit(UserKeys.MaxRecipients, user.MaxRecipients);
        Limit(UserKeys.MaxNewRecipients, user.MaxNewRecipients);
        if (user.ApplicationPasswords.Count > 0)
        {
            json.WriteStartArray(UserKeys.AppPasswords);
            foreach (var password in user.ApplicationPasswords)
            {
                json.WriteStartObject();
                json.WriteString(UserKeys.Name, password.Name);
                json.WriteString(UserKeys.Scram256, password.Scram256.ToText());
                if (password.Expires is { } expires) json.WriteString(UserKeys.Expires, expires.UtcDateTime);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (user.IsDisabled) json.WriteBoolean(UserKeys.Disabled, true);
        json.WriteEndObject();

        void Text(string key, string? text)
        {
            if (text is not null) json.WriteString(key, text);
        }

        void Limit(string key, Rate rate)
        {
            if (!rate.IsNone) json.WriteString(key, rate.ToString());
        }

        void List(string key, IEnumerable<string> texts)
        {
            if (!texts.Any()) return;
            json.WriteStartArray(key);
            foreach (var text in texts) json.WriteStringValue(text);
            json.WriteEndArray();
        }
    }
}
