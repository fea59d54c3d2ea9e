using Postfleet.Configuration;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Spool.Options;

/// <summary>
/// The keys of the sections about the storage, and the rules for combinations of their values.
/// The bounds permit small values, for tests without long waits.
/// </summary>
public sealed class SpoolConfiguration : ModuleConfiguration<SpoolSections>
{
    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Storage:Provider", Choice<SpoolProvider>(), "postgres",
            "Storage of mail and journals: a folder, or PostgreSQL."),
        new("Storage:Path", Text("the path of a folder", TextForms.NotEmpty), "/var/lib/postfleet",
            "Folder of the embedded storage; a relative path starts at the working directory."),
        new("Storage:ConnectionString", Text("name=value pairs with semicolons between them", TextForms.ConnectionString),
            "Host=db;Database=postfleet;Username=postfleet;Password=secret", "PostgreSQL's connection string, in Npgsql's form.")
            { Secret = SecretKind.ConnectionString },
        new("Storage:PasswordFile", FilePath(), "/run/secrets/database-password",
            "A file with PostgreSQL's password, read for each new connection.") { IsFileFollowed = true },

        new("Capture:MaxMessages", Number(1, 1_000_000, "messages"), "100", "Maximum number of captured messages; the oldest are deleted."),
        new("Capture:MaxAge", Duration("1s", "3650d"), "1d", "Time for which captured messages are kept."),

        new("History:Keep", Choice<HistoryKeep>(), "failures",
            "Events of messages that are kept: all, all but acceptances and deliveries, or none."),
        new("History:Retention", Duration("1m", "3650d"), "30d", "Time for which events are kept."),
        new("History:MaxSize", Size("10MB", "100000GB"), "50GB",
            "Space that events take at most in the storage; the oldest are dropped before their time."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } = ["Capture", "History:Retention", "History:MaxSize"];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(SpoolSections options)
    {
        if (options.Storage is { Provider: SpoolProvider.Postgres, ConnectionString.Length: 0 })
        {
            yield return "Storage:ConnectionString is empty; allowed with Storage:Provider 'postgres': a connection string, " +
                "such as Host=db;Database=postfleet";
        }

        if (options.Storage is { Provider: SpoolProvider.Postgres, PasswordFile.Length: > 0 } storage && FindPassword(storage) is { } key)
            yield return $"Storage:PasswordFile is set and Storage:ConnectionString has {key}; allowed: one of them";
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckFiles(SpoolSections options, CheckSurroundings surroundings)
    {
        if (options.Storage is { Provider: SpoolProvider.Sqlite } folder && File.Exists(surroundings.Full(folder.Path)))
            yield return $"Storage:Path is '{folder.Path}', which is a file; allowed: the path of a folder";
        if (options.Storage is { PasswordFile: { Length: > 0 } passwordFile }
            && SecretFile.TryRead(surroundings.Full(passwordFile), out _) is { } fault)
        {
            yield return $"Storage:PasswordFile is '{passwordFile}', which {fault}; allowed: a file with the password in one line";
        }

        // The string is read by the rules of its driver; nothing is connected to.
        if (options.Storage is { Provider: SpoolProvider.Postgres, ConnectionString.Length: > 0 } storage
            && FileFaults.TryStart(() => PostgresConnectionString.Describe(storage.ConnectionString)) is { } refused)
        {
            yield return $"Storage:ConnectionString is '{Secrets.Mask}': {refused}; " +
                "allowed: name=value pairs that Npgsql knows, such as Host=db;Database=postfleet";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(SpoolSections options, CheckSurroundings surroundings)
    {
        if (options.Storage is { Provider: SpoolProvider.Sqlite, PasswordFile.Length: > 0 })
            yield return "Storage:PasswordFile is set and Storage:Provider is 'sqlite': the file is not used";
        if (options.Storage is { Provider: SpoolProvider.Sqlite, ConnectionString.Length: > 0 })
        {
            yield return "Storage:ConnectionString is set and Storage:Provider is 'sqlite': " +
                "mail is kept in Storage:Path, and the database is not used";
        }
    }

    // A string that cannot be read is the fault of another check.
    private static string? FindPassword(StorageOptions storage)
    {
        string? key = null;
        return FileFaults.TryStart(() => key = PostgresConnectionString.FindPassword(storage.ConnectionString)) is null ? key : null;
    }
}
