using Postfleet.Configuration;
using Postfleet.Journal;
using Postfleet.Node.Options;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;

namespace Postfleet.Node.Hosting;

/// <summary>The places of spool and journals by the configuration.</summary>
internal static class StoragePlace
{
    /// <summary>Whether spool and journals are in a folder of the node.</summary>
    public static bool IsEmbedded(PostfleetOptions options) => options.Storage.Provider == SpoolProvider.Sqlite;

    /// <summary>The settings of the spool.</summary>
    public static SpoolSettings Spool(PostfleetOptions options) => new()
    {
        Provider = options.Storage.Provider,
        Path = options.Storage.Path,
        ConnectionString = options.Storage.ConnectionString,
        Password = Password(options),
        CaptureMax = options.Capture.MaxMessages,
        CaptureMaxAge = options.Capture.MaxAge,
        HistoryKeep = options.History.Keep,
        HistoryRetention = options.History.Retention,
        HistoryMaxBytes = options.History.MaxSize.Bytes,
    };

    /// <summary>Creates the journals.</summary>
    public static JournalStorage Journal(PostfleetOptions options, ServerGuard? guard = null) =>
        IsEmbedded(options) ? JournalStorage.Sqlite(options.Storage.Path)
            : JournalStorage.Postgres(options.Storage.ConnectionString, Password(options), guard);

    /// <summary>Reads the password of PostgreSQL from its file; null without a file.</summary>
    public static Func<string>? Password(PostfleetOptions options) =>
        options.Storage.PasswordFile is { Length: > 0 } file ? new SecretFile(file).Read : null;
}
