using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Postfleet.Core.Mail;

/// <summary>
/// A forward-path's or reverse-path's mailbox (RFC 5321 section 4.1.2): the local part as the client wrote it (quoted or not, case kept)
/// and the normalised domain for its route. <see cref="Address"/> is the form for the next host.
/// </summary>
public sealed record Mailbox
{
    /// <summary>
    /// The maximum length of a path in octets, with its punctuation (RFC 5321 section 4.5.3.1.3). The local part has no separate limit: the
    /// 64 octets of section 4.5.3.1.1 are a minimum, and addresses of SRS, VERP and mailing list confirmations are longer.
    /// </summary>
    public const int MaxPathLength = 256;

    /// <summary>The maximum length of an address in octets: a path without its angle brackets.</summary>
    public const int MaxAddressLength = MaxPathLength - 2;

    private Mailbox(string localPart, DomainName domain, string address)
    {
        LocalPart = localPart;
        Domain = domain;
        Address = address;
    }

    /// <summary>The local part as written, with its quotes.</summary>
    public string LocalPart { get; }

    /// <summary>The normalised domain; never empty. A bare <c>Postmaster</c> (RFC 5321 section 4.5.1) gets ours at the edge.</summary>
    public DomainName Domain { get; }

    /// <summary>The address without angle brackets.</summary>
    public string Address { get; }

    /// <summary>
    /// Whether the address can be sent without SMTPUTF8 (RFC 6531): a domain has a form in ASCII (A-labels), a local part has none.
    /// </summary>
    public bool IsAscii => Ascii.IsValid(LocalPart);

    /// <summary>Reads <c>local@domain</c> without brackets, route or parameters.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaxAddressLength) return false;
        var at = SplitAt(text);
        if (at <= 0 || at == text.Length - 1) return false;
        var local = text[..at];
        if (!LocalPartGrammar.IsValid(local)) return false;
        if (!DomainName.TryParse(text[(at + 1)..], out var domain)) return false;
        // The limit is for the address as sent: a domain may be longer in A-labels than in Unicode.
        var address = $"{local}@{domain.Value}";
        if (Encoding.UTF8.GetByteCount(address) > MaxAddressLength) return false;
        mailbox = new Mailbox(local, domain, address);
        return true;
    }

    /// <summary>Reads an address validated before, for example from storage.</summary>
    /// <exception cref="FormatException">The text is not an address.</exception>
    public static Mailbox Parse(string text) =>
        TryParse(text, out var mailbox) ? mailbox : throw new FormatException($"not a mail address: '{text}'");

    /// <inheritdoc/>
    public override string ToString() => Address;

    // The last "@" outside of quotes: a quoted local part may contain "@".
    private static int SplitAt(string text)
    {
        if (text[0] != '"') return text.LastIndexOf('@');
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '"') return i + 1 < text.Length && text[i + 1] == '@' ? i + 1 : -1;
        }

        return -1;
    }
}
