using System.Text;
using MimeKit;

namespace Postfleet.Delivery.Mime;

/// <summary>
/// Detects a DKIM signature by the author's domain (RFC 6376). The signature is not verified: only the receiver's verification matters.
/// </summary>
internal static class AuthorSignature
{
    private const int MaxSignatures = 20;
    private const int MaxField = 8 * 1024;

    /// <summary>
    /// Whether a DKIM-Signature field names the domain of an address in From, a parent domain or a subdomain of it (relaxed alignment, RFC
    /// 9989).
    /// </summary>
    public static bool IsPresent(ReadOnlySpan<byte> content)
    {
        var (from, signers) = (new List<string>(), new List<string>());
        for (var at = 0; HeaderReader.ReadField(content, at, new Boundaries()) is { } field; at = field.End)
        {
            if (field.End - field.ValueStart > MaxField) continue;
            if (field.Is(content, "From")) from.AddRange(Authors(field.Value(content)));
            else if (signers.Count < MaxSignatures && field.Is(content, "DKIM-Signature")
                && Signer(field.Value(content)) is { Length: > 0 } signer) signers.Add(signer);
        }

        return signers.Exists(signer => from.Exists(author => IsSameOrSubdomain(author, signer) || IsSameOrSubdomain(signer, author)));
    }

    private static IEnumerable<string> Authors(ReadOnlySpan<byte> value) =>
        InternetAddressList.TryParse(ParserOptions.Default, value.ToArray(), out var list)
            ? list.Mailboxes.Take(MaxSignatures).Select(mailbox => mailbox.Domain).Where(domain => !string.IsNullOrEmpty(domain)) : [];

    private static string? Signer(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value).Split(';')
        .Select(tag => tag.Split('=', 2, StringSplitOptions.TrimEntries)).Where(tag => tag is ["d", _]).Select(tag => tag[1])
            .FirstOrDefault();

    private static bool IsSameOrSubdomain(string domain, string other) => domain.EndsWith(other, StringComparison.OrdinalIgnoreCase)
        && (domain.Length == other.Length || domain[^(other.Length + 1)] == '.');
}
