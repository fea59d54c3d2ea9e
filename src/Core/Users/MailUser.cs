using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.Core.Users;

/// <summary>A user who sends mail with a password or token, and what the user may do. Immutable.</summary>
/// <param name="Name">The normalised name (<see cref="UserName"/>).</param>
public sealed record MailUser(string Name)
{
    /// <summary>The most application passwords of a user. Each costs a hash when a password is checked.</summary>
    public const int MaxApplicationPasswords = 20;

    /// <summary>The most patterns in <see cref="Addresses"/>, and the most names in <see cref="Streams"/>.</summary>
    public const int MaxEntries = 1000;

    /// <summary>The verifier of the password with SHA-256; null for a user without a password.</summary>
    public ScramVerifier? Scram256 { get; init; }

    /// <summary>The verifier of the password with SHA-1; null where SCRAM-SHA-1 is not for this user.</summary>
    public ScramVerifier? Scram1 { get; init; }

    /// <summary>
    /// The secret of CRAM-MD5: the two states of HMAC-MD5 after the padded key, 32 octets, as Dovecot keeps them; empty where CRAM-MD5 is
    /// not for this user. It is enough to log in by CRAM-MD5.
    /// </summary>
    public ReadOnlyMemory<byte> CramMd5 { get; init; }

    /// <summary>The application passwords.</summary>
    public IReadOnlyList<ApplicationPassword> ApplicationPasswords { get; init; } = [];

    /// <summary>
    /// The addresses that the user may send from, in the envelope and in From. Empty: the name of the user, if it is an address.
    /// </summary>
    public IReadOnlyList<AddressPattern> Addresses { get; init; } = [];

    /// <summary>The streams that the user may send in; the first is the default. Empty: the listener's stream alone.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>The most recipients in a time, over the whole cluster.</summary>
    public Rate MaxRate { get; init; }

    /// <summary>The most recipients in a day, over the whole cluster; <see cref="Rate.None"/> for no limit.</summary>
    public Rate MaxRecipients { get; init; }

    /// <summary>The most recipients in a day to whom the user has never sent before; <see cref="Rate.None"/> for no limit.</summary>
    public Rate MaxNewRecipients { get; init; }

    /// <summary>Whether the user may neither log in nor send, in open sessions too.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Whether the user may send from an address.</summary>
    public bool MaySendFrom(Mailbox address)
    {
        if (Addresses.Count == 0) return string.Equals(address.Address, Name, StringComparison.OrdinalIgnoreCase);
        foreach (var pattern in Addresses) if (pattern.Matches(address)) return true;
        return false;
    }
}
