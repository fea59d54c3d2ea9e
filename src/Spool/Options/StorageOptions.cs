using Postfleet.Spool.Common;


namespace Postfleet.Spool.Options;

/// <summary>Section <c>Storage</c>: the storage of mail and journals.</summary>
public sealed record StorageOptions
{
    /// <summary>The engine.</summary>
    public SpoolProvider Provider { get; init; } = SpoolProvider.Sqlite;

    /// <summary>Folder of the embedded storage.</summary>
    public string Path { get; init; } = "data";

    /// <summary>Connection string of PostgreSQL, in Npgsql's form.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>A file with the password of PostgreSQL; empty for the password of <see cref="ConnectionString"/>.</summary>
    public string PasswordFile { get; init; } = "";
}
