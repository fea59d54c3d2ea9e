namespace Postfleet.Contracts.Users;

/// <summary>The keys of a user in JSON.</summary>
internal static class UserKeys
{
    public const string Name = "name";
    public const string Scram256 = "scram256";
    public const string Scram1 = "scram1";
    public const string CramMd5 = "cramMd5";
    public const string Addresses = "addresses";
    public const string Streams = "streams";
    public const string MaxRate = "maxRate";
    public const string MaxRecipients = "maxRecipients";
    public const string MaxNewRecipients = "maxNewRecipients";
    public const string AppPasswords = "appPasswords";
    public const string Expires = "expires";
    public const string Disabled = "disabled";

    /// <summary>The keys of a user.</summary>
    public static readonly string All = string.Join(
        ", ", Name, Scram256, Scram1, CramMd5, Addresses, Streams, MaxRate, MaxRecipients, MaxNewRecipients, AppPasswords, Disabled);

    /// <summary>The keys of an application password.</summary>
    public static readonly string OfPassword = string.Join(", ", Name, Scram256, Expires);
}
