using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Signing.Messages;

namespace Postfleet.Signing.Stored;

/// <summary>The data of a key in the storage, in JSON, and the rules of its phases. Pure.</summary>
/// <param name="Key">What is not secret.</param>
/// <param name="Private">The private part, perhaps sealed (<see cref="KeySeal"/>); empty for a retired key. A secret.</param>
internal sealed record StoredKey(StoredSigningKey Key, string Private)
{
    /// <summary>Shows no secret.</summary>
    public override string ToString() => Key.Name;

    /// <summary>The data for the storage.</summary>
    public string Write() => new JsonObject
    {
        ["stream"] = Key.Stream,
        ["algorithm"] = Key.Algorithm,
        ["record"] = Key.Record,
        ["private"] = Private,
        ["createdAt"] = Text(Key.CreatedAt),
        ["publishedAt"] = Text(Key.PublishedAt),
        ["signsFrom"] = Text(Key.SignsFrom),
        ["retiredAt"] = Text(Key.RetiredAt),
        ["keepRecordUntil"] = Text(Key.KeepRecordUntil),
    }.ToJsonString();

    /// <summary>Reads the data of the storage; null if they are damaged. Unknown members are of a newer version.</summary>
    public static StoredKey? TryRead(string name, string data)
    {
        try
        {
            var at = name.IndexOf('/', StringComparison.Ordinal);
            if (at < 0 || !DomainName.TryParse(name[..at], out var domain) || !DomainName.TryParse(name[(at + 1)..], out _)) return null;
            if (JsonNode.Parse(data) is not JsonObject json || Time("createdAt") is not { } created) return null;
            return new StoredKey(
                new StoredSigningKey(domain, name[(at + 1)..], Word("stream"), Word("algorithm"), Word("record"), created)
                {
                    PublishedAt = Time("publishedAt"),
                    SignsFrom = Time("signsFrom"),
                    RetiredAt = Time("retiredAt"),
                    KeepRecordUntil = Time("keepRecordUntil"),
                },
                Word("private"));

            string Word(string member) => (string?)json[member] ?? "";
            DateTimeOffset? Time(string member) => (string?)json[member] is { } text
                ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            // Text of another form; members of another type; a time out of range, or a member that comes twice.
            return null;
        }
    }

    /// <summary>The key as it is at a time.</summary>
    public StoredSigningKey At(DateTimeOffset now, string? fault) => Key with
    {
        Phase = Key.RetiredAt is not null ? SigningKeyPhase.Retired
            : Key.SignsFrom is not { } from ? SigningKeyPhase.Waiting
            : from > now ? SigningKeyPhase.Published : SigningKeyPhase.Active,
        Fault = Key.RetiredAt is null ? fault : null,
    };

    /// <summary>Whether the key may sign at a time.</summary>
    public bool MaySign(DateTimeOffset now) => Key.RetiredAt is null && Key.SignsFrom <= now;

    /// <summary>The key, whose record was seen in the DNS.</summary>
    public StoredKey Seen(DateTimeOffset now, TimeSpan publishedFor) =>
        this with { Key = Key with { PublishedAt = now, SignsFrom = now + publishedFor } };

    /// <summary>The key, which signs from now on.</summary>
    public StoredKey Activated(DateTimeOffset now) => Key.SignsFrom <= now ? this : this with { Key = Key with { SignsFrom = now } };

    /// <summary>The key, which signs nothing any more. Its private part is gone.</summary>
    public StoredKey Retired(DateTimeOffset now, TimeSpan retiredFor) => Key.RetiredAt is not null ? this
        : new StoredKey(Key with { RetiredAt = now, KeepRecordUntil = now + retiredFor }, "");

    private static string? Text(DateTimeOffset? time) => time?.ToString("O", CultureInfo.InvariantCulture);
}
