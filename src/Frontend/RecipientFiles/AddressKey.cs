using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.RecipientFiles;

/// <summary>
/// The form of an address in which it is looked up: the local part without quotes and in lower case, <c>@</c>, and the domain. All ways of
/// writing an address have one key. Pure.
/// </summary>
internal static class AddressKey
{
    /// <summary>Longest key, in characters.</summary>
    public const int MaxLength = Mailbox.MaxAddressLength;

    /// <summary>Writes the key of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="key">Gets the key; it has room for <see cref="MaxLength"/> characters.</param>
    /// <param name="at">The index of the <c>@</c> before the domain.</param>
    /// <returns>The length of the key.</returns>
    public static int Write(Mailbox address, Span<char> key, out int at)
    {
        at = 0;
        foreach (var c in new UnquotedText(address.LocalPart)) key[at++] = char.ToLowerInvariant(c);
        key[at] = '@';
        address.Domain.Value.CopyTo(key[(at + 1)..]);
        return at + 1 + address.Domain.Value.Length;
    }

    /// <summary>The key of an address.</summary>
    public static string Of(Mailbox address)
    {
        Span<char> key = stackalloc char[MaxLength];
        return key[..Write(address, key, out _)].ToString();
    }

    /// <summary>The part of a local part behind a character of its text without quotes, as written.</summary>
    /// <param name="address">The address.</param>
    /// <param name="index">The index of the character, as in the key.</param>
    public static string Behind(Mailbox address, int index)
    {
        Span<char> text = stackalloc char[MaxLength];
        var length = 0;
        foreach (var c in new UnquotedText(address.LocalPart)) text[length++] = c;
        return text[(index + 1)..length].ToString();
    }

    /// <summary>An address with a detail behind its local part: <c>user+detail@example.org</c>.</summary>
    /// <param name="address">The address.</param>
    /// <param name="delimiter">The character before the detail.</param>
    /// <param name="detail">The detail, without quotes.</param>
    /// <param name="result">The new address; null if it would be too long.</param>
    public static bool TryAppend(Mailbox address, char delimiter, string detail, [NotNullWhen(true)] out Mailbox? result)
    {
        var plain = $"{address.LocalPart}{delimiter}{detail}@{address.Domain.Value}";
        return Mailbox.TryParse(plain, out result) || Mailbox.TryParse(
            $"\"{Quoted(Behind(address, -1))}{delimiter}{Quoted(detail)}\"@{address.Domain.Value}", out result);
    }

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    // The characters of a local part without its quotes and backslashes.
    private ref struct UnquotedText(string localPart)
    {
        private readonly bool _isQuoted = localPart is ['"', .., '"'];
        private int _index = localPart is ['"', .., '"'] ? 0 : -1;

        public readonly char Current => localPart[_index];

        public readonly UnquotedText GetEnumerator() => this;

        public bool MoveNext()
        {
            _index++;
            if (_isQuoted && _index < localPart.Length - 1 && localPart[_index] == '\\') _index++;
            return _index < (_isQuoted ? localPart.Length - 1 : localPart.Length);
        }
    }
}
