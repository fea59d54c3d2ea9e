namespace Postfleet.Spool.Commit;

/// <summary>The names of the tables of rows by name. The number of the last change is in the table NAME_last.</summary>
internal static class NamedTable
{
    /// <summary>The users who send with a password.</summary>
    public const string Users = "mail_user";

    /// <summary>The keys that sign mail.</summary>
    public const string SigningKeys = "signing_key";
}
