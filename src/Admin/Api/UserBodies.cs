namespace Postfleet.Admin.Api;

/// <summary>
/// A user to create or to replace. What is missing is as for a new user, but for the secrets: these stay as they are unless the body
/// mentions them.
/// </summary>
/// <param name="Name">The name, the same as in the path; it may be missing.</param>
/// <param name="Addresses">
/// The addresses that the user may send from: an address, *@example.org, *@*.example.org for the domains below it, or * for all. Empty: the
/// name of the user, if it is an address.
/// </param>
/// <param name="Streams">The streams that the user may send in, the first is the default. Empty: the stream of the listener.</param>
/// <param name="MaxRate">The most recipients in a time over the whole cluster, as 10/s, 1000/m, 20000/h or 100000/d; null for any.</param>
/// <param name="MaxRecipients">The most recipients in a day over the whole cluster, as 5000/d; null for any.</param>
/// <param name="MaxNewRecipients">
/// The most recipients in a day to whom the user has never sent before, as 200/d; null for any.
/// </param>
/// <param name="Disabled">Whether the user may neither log in nor send.</param>
/// <param name="ScramSha1">
/// Whether SCRAM-SHA-1 is for this user. Only with a password it can become so; if it is missing, it stays.
/// </param>
/// <param name="CramMd5">
/// Whether CRAM-MD5 is for this user, whose stored secret is enough to log in. Only with a password it can become so; if it is missing, it
/// stays.
/// </param>
/// <param name="Scram256">
/// In the place of a password, its verifier from another server: iterations, salt, StoredKey and ServerKey of SCRAM-SHA-256, the last three
/// in Base64, with commas between them.
/// </param>
/// <param name="Scram1">With scram256, the verifier of the same password for SCRAM-SHA-1.</param>
public sealed record UserBody(
    string? Name = null,
    IReadOnlyList<string>? Addresses = null,
    IReadOnlyList<string>? Streams = null,
    string? MaxRate = null,
    string? MaxRecipients = null,
    string? MaxNewRecipients = null,
    bool Disabled = false,
    bool? ScramSha1 = null,
    bool? CramMd5 = null,
    string? Scram256 = null,
    string? Scram1 = null)
{
    private string? _password;

    /// <summary>
    /// The password, of which only verifiers are stored. Null removes the password; if it is missing, the password stays.
    /// </summary>
    public string? Password
    {
        get => _password;
        set => (_password, IsPasswordGiven) = (value, true);
    }

    /// <summary>Whether the body has a password, or null to remove it.</summary>
    internal bool IsPasswordGiven { get; private set; }

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"user {Name}";
}

/// <summary>An application password to create or to replace.</summary>
/// <param name="Expires">
/// From when it is refused: a duration as 90d, or a time as 2026-11-29T18:00:00Z; null for never.
/// </param>
public sealed record AppPasswordBody(string? Expires = null);
