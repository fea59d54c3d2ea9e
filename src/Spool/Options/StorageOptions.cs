namespace Postfleet.Spool.Options;

/// <summary>Where mail and journals are kept.</summary>
public sealed record StorageOptions
{
    /// <summary><c>sqlite</c> (embedded) or <c>postgres</c>.</summary>
    public string Provider { get; init; } = "sqlite";

    /// <summary>Folder of the embedded storage.</summary>
    public string Path { get; init; } = "data";

    /// <summary>Connection string of PostgreSQL, in Npgsql's form.</summary>
    public string ConnectionString { get; init; } = "";
}
