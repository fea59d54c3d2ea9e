using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Users;

/// <summary>
/// A pattern for the addresses that a user may send from: <c>*</c> for all, <c>*@example.org</c> for a domain, <c>*@*.example.org</c> for
/// the domains below it, or an address. Local parts are compared without regard to ASCII case, as mailbox hosts do. Immutable.
/// </summary>
public sealed record AddressPattern
{
    private readonly DomainPattern _domain;

    // Null for any.
    private readonly string? _localPart;

    private AddressPattern(string text, string? localPart, DomainPattern domain) => (Text, _localPart, _domain) = (text, localPart, domain);

    /// <summary>The text of the pattern, normalised.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AddressPattern? pattern)
    {
        pattern = null;
        if (string.IsNullOrEmpty(text) || text.Length > Mailbox.MaxAddressLength) return false;
        if (text == "*")
        {
            pattern = new AddressPattern(text, null, DomainPattern.All);
            return true;
        }

        if (text.StartsWith("*@", StringComparison.Ordinal))
        {
            var name = text[2..];
            if (!DomainName.TryParse(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name, out _)) return false;
            var domain = DomainPattern.Parse(name);
            pattern = new AddressPattern($"*@{domain.Text}", null, domain);
            return true;
        }

        if (!Mailbox.TryParse(text, out var mailbox)) return false;
        pattern = new AddressPattern(mailbox.Address, mailbox.LocalPart, DomainPattern.Parse(mailbox.Domain.Value));
        return true;
    }

    /// <summary>Whether an address matches.</summary>
    public bool Matches(Mailbox address) => _domain.Matches(address.Domain.Value)
        && (_localPart is null || string.Equals(_localPart, address.LocalPart, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string ToString() => Text;
}
