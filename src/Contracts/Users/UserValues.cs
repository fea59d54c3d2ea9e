using System.Globalization;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Core.Users;

namespace Postfleet.Contracts.Users;

/// <summary>Reads the values of a user from their texts, for files, the storage and the API. Pure.</summary>
/// <remarks>All methods throw <see cref="UserFormatException"/> with the key of a wrong value.</remarks>
public static class UserValues
{
    /// <summary>The allowed form of names of users and of application passwords.</summary>
    public const string NameForm = "1 to 128 characters, without spaces, slashes and control characters";

    /// <summary>The octets of a secret of CRAM-MD5.</summary>
    public const int CramLength = 32;

    // The longest part of a wrong value in a message.
    private const int MaxShown = 80;

    /// <summary>A name, normalised.</summary>
    public static string Name(string key, string? text) =>
        UserName.TryNormalize(text, out var name) ? name : throw Wrong(key, text, NameForm);

    /// <summary>A pattern for addresses.</summary>
    public static AddressPattern Address(string key, string? text) => AddressPattern.TryParse(text, out var pattern) ? pattern
        : throw Wrong(key, text, "an address, *@example.org for a domain, *@*.example.org for the domains below it, or * for all");

    /// <summary>A stream, in lower case.</summary>
    public static string Stream(string key, string? text)
    {
        var stream = text?.ToLowerInvariant() ?? "";
        return QueueKey.IsStream(stream) ? stream
            : throw Wrong(key, text, $"1 to {QueueKey.MaxStreamLength} letters, digits, - and _");
    }

    /// <summary>A rate; null and an empty text for none.</summary>
    public static Rate Rate(string key, string? text) => Core.Units.Rate.TryParseAny(text, out var rate) ? rate
        : throw Wrong(key, text, $"a rate of 1/d to {Core.Units.Rate.MaxPerSecond}/s, such as 10/s, 1000/m, 20000/h or 100000/d");

    /// <summary>A number a day; null and an empty text for none.</summary>
    public static Rate DailyRate(string key, string? text) =>
        Core.Units.Rate.TryParseAny(text, out var rate) && (rate.IsNone || rate.Period == TimeSpan.FromDays(1)) ? rate
            : throw Wrong(key, text, "a number a day such as 5000/d");

    /// <summary>A verifier with SHA-256; null for none.</summary>
    public static ScramVerifier? Scram256(string key, string? text) => Verifier(key, text, hashLength: 32);

    /// <summary>A verifier with SHA-1; null for none.</summary>
    public static ScramVerifier? Scram1(string key, string? text) => Verifier(key, text, hashLength: 20);

    /// <summary>The secret of CRAM-MD5 from Base64; null for none.</summary>
    public static ReadOnlyMemory<byte> CramMd5(string key, string? text)
    {
        if (text is null) return default;
        var octets = new byte[CramLength];
        return text.Length <= 2 * CramLength && Convert.TryFromBase64String(text, octets, out var length) && length == CramLength ? octets
            : throw new UserFormatException($"{key} is no secret of CRAM-MD5; allowed: {CramLength} octets in Base64");
    }

    /// <summary>A time with an offset; null for none.</summary>
    public static DateTimeOffset? Time(string key, string? text)
    {
        if (text is null) return null;
        return text.Length is >= 17 and <= 40 && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToUniversalTime()
            : throw Wrong(key, text, "a time with an offset, as in 2026-11-29T18:00:00Z");
    }

    /// <summary>Checks the number of entries of a list.</summary>
    public static void Count(string key, int count, int most)
    {
        if (count > most) throw new UserFormatException($"{key} has {count} entries; allowed: at most {most}");
    }

    /// <summary>The fault of a value that is no secret.</summary>
    public static UserFormatException Wrong(string key, string? value, string allowed) =>
        new($"{key} is '{Shown(value ?? "null")}'; allowed: {allowed}");

    /// <summary>A given text as a part of a message: its beginning, without control characters.</summary>
    internal static string Shown(string text) => string.Concat(
        (text.Length > MaxShown ? $"{text[..MaxShown]}..." : text).Select(c => char.IsControl(c) ? '?' : c));

    private static ScramVerifier? Verifier(string key, string? text, int hashLength)
    {
        if (text is null) return null;
        return ScramVerifier.TryParse(text, hashLength, out var verifier) ? verifier
            : throw new UserFormatException(
                $"{key} is no verifier; allowed: iterations,salt,storedKey,serverKey, with {ScramVerifier.MinIterations} to " +
                $"{ScramVerifier.MaxIterations} iterations, the others in Base64, keys of {hashLength} octets");
    }
}
