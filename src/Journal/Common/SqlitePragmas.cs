namespace Postfleet.Journal.Common;

/// <summary>The settings of SQLite connections to the journals' file.</summary>
internal static class SqlitePragmas
{
    /// <summary>
    /// For writing connections. FULL: a commit is on stable storage when it returns. busy_timeout: the writer, the sweep and the snapshot
    /// store wait for each other inside SQLite, where the provider would sleep. wal_autocheckpoint: the write-ahead log is checkpointed
    /// each 32 MB, since most rows are deleted soon.
    /// </summary>
    public const string Writer =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; " +
        "PRAGMA wal_autocheckpoint=8192; PRAGMA journal_size_limit=67108864;";
}
