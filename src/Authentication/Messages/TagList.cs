using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Postfleet.Authentication.Messages;

/// <summary>A tag of a <see cref="TagList"/>.</summary>
/// <param name="Name">The name; case matters.</param>
/// <param name="Value">The value without white space around it, and without line ends.</param>
/// <param name="Start">The offset after the equals sign, in the octets that were read.</param>
/// <param name="End">The offset of the semicolon behind the value, or of the end.</param>
public readonly record struct Tag(string Name, string Value, int Start, int End);

/// <summary>
/// A list of tags and values (RFC 6376 section 3.2), as signatures and key records have. Strict: an unreadable tag, an empty tag or a
/// repeated name makes the whole list invalid, as the RFC demands. Values may be UTF-8 (RFC 8616 section 3). Immutable and bounded. Pure.
/// </summary>
public sealed class TagList
{
    /// <summary>The greatest length of a list, in octets.</summary>
    public const int MaxOctets = 16 * 1024;

    /// <summary>The greatest number of tags.</summary>
    public const int MaxTags = 64;

    private const int MaxName = 64;

    private static readonly UTF8Encoding Strict = new(false, true);

    private TagList(ImmutableArray<Tag> tags) => Tags = tags;

    /// <summary>The tags in their order.</summary>
    public ImmutableArray<Tag> Tags { get; }

    /// <summary>The value of a tag; null if the list does not have the tag.</summary>
    public string? this[string name] => Find(name)?.Value;

    /// <summary>The tag with a name; null if the list does not have the tag.</summary>
    public Tag? Find(string name)
    {
        foreach (var tag in Tags)
        {
            if (tag.Name == name) return tag;
        }

        return null;
    }

    /// <summary>Reads a list. Line ends count as white space where white space follows them (FWS), and at the end.</summary>
    /// <param name="octets">The value of a header field, or the text of a record.</param>
    /// <param name="list">The list; null if it is invalid.</param>
    /// <param name="error">The error in words; null if the list is valid.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> octets, [NotNullWhen(true)] out TagList? list, [NotNullWhen(false)] out string? error)
    {
        list = null;
        if (octets.Length > MaxOctets) return Fail($"longer than {MaxOctets} octets", out error);
        // The line end of a field is not part of its value.
        var all = octets.TrimEnd("\r\n"u8);
        var tags = ImmutableArray.CreateBuilder<Tag>();
        for (var at = 0; at < all.Length || at == 0;)
        {
            var length = all[at..].IndexOf((byte)';');
            var end = length < 0 ? all.Length : at + length;
            var text = all[at..end];
            // A semicolon may follow the last tag.
            if (length < 0 && tags.Count > 0 && Trim(text).IsEmpty) break;
            if (tags.Count == MaxTags) return Fail($"more than {MaxTags} tags", out error);
            if (!TryParseTag(text, at, end, out var tag, out error)) return false;
            foreach (var other in tags)
            {
                if (other.Name == tag.Name) return Fail($"repeated tag {tag.Name}", out error);
            }

            tags.Add(tag);
            at = end + 1;
        }

        list = new TagList(tags.ToImmutable());
        error = null;
        return true;
    }

    /// <summary>Octets of base64 with white space in it (RFC 6376 section 2.10); null if the value is not base64.</summary>
    public static byte[]? Base64(string value)
    {
        if (value.Length == 0 || !Ascii.IsValid(value)) return null;
        var octets = new byte[value.Length / 4 * 3 + 3];
        // The conversion skips white space, of which a value has spaces and tabs only.
        return Convert.TryFromBase64String(value, octets, out var length) ? octets[..length] : null;
    }

    private static bool TryParseTag(ReadOnlySpan<byte> text, int start, int end, out Tag tag, [NotNullWhen(false)] out string? error)
    {
        tag = default;
        var equals = text.IndexOf((byte)'=');
        if (equals < 0) return Fail(Trim(text).IsEmpty ? "empty tag" : "tag without value", out error);
        var name = Trim(text[..equals]);
        if (!IsName(name)) return Fail("invalid tag name", out error);
        var value = Trim(text[(equals + 1)..]);
        var key = Encoding.ASCII.GetString(name);
        if (!TryUnfold(value, out var decoded)) return Fail($"invalid character in tag {key}", out error);
        tag = new Tag(key, decoded, start + equals + 1, end);
        error = null;
        return true;
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxName || !char.IsAsciiLetter((char)name[0])) return false;
        foreach (var octet in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet != '_') return false;
        }

        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8);

    // Removes the line ends of folds. Other control characters are invalid, as is a line end that no white space follows.
    private static bool TryUnfold(ReadOnlySpan<byte> value, out string text)
    {
        text = "";
        if (value.IndexOfAnyInRange((byte)0, (byte)31) >= 0 || value.IndexOf((byte)127) >= 0)
        {
            var kept = new byte[value.Length];
            var count = 0;
            for (var i = 0; i < value.Length; i++)
            {
                var octet = value[i];
                if (octet == '\r' && i + 1 < value.Length && value[i + 1] == '\n') continue;
                if (octet == '\n')
                {
                    if (i + 1 == value.Length || value[i + 1] is not ((byte)' ' or (byte)'\t')) return false;
                    continue;
                }

                if (octet is < 32 and not (byte)'\t' or 127) return false;
                kept[count++] = octet;
            }

            return TryDecode(kept.AsSpan(0, count), out text);
        }

        return TryDecode(value, out text);
    }

    private static bool TryDecode(ReadOnlySpan<byte> value, out string text)
    {
        text = "";
        if (!Ascii.IsValid(value) && !System.Text.Unicode.Utf8.IsValid(value)) return false;
        text = Strict.GetString(value);
        return true;
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
