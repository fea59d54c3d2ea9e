using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Common;

/// <summary>The engine under the spool.</summary>
public enum SpoolProvider
{
    /// <summary>A file in the node's own data folder.</summary>
    Sqlite = 1,

    /// <summary>A PostgreSQL database shared by all nodes.</summary>
    Postgres = 2,
}

/// <summary>The settings with which the spool starts.</summary>
public sealed record SpoolSettings
{
    /// <summary>The engine.</summary>
    public SpoolProvider Provider { get; init; } = SpoolProvider.Sqlite;

    /// <summary>
    /// The data folder of <see cref="SpoolProvider.Sqlite"/>, which contains the file <c>spool.db</c>. Created when it is missing.
    /// </summary>
    public string Path { get; init; } = "data";

    /// <summary>The database of <see cref="SpoolProvider.Postgres"/>, as Npgsql reads it.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>The password for a new connection; null for the password of <see cref="ConnectionString"/>.</summary>
    public Func<string>? Password { get; init; }

    /// <summary>Checks new connections to PostgreSQL; null for none.</summary>
    public ServerGuard? Guard { get; init; }

    /// <summary>
    /// The most captured messages; at least 1. Between two clean-ups a tenth more may exist, up to 100.
    /// </summary>
    public int CaptureMax { get; init; } = 1000;

    /// <summary>How long captured messages are kept.</summary>
    public TimeSpan CaptureMaxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The kept kinds of events.</summary>
    public HistoryKeep HistoryKeep { get; init; } = HistoryKeep.All;

    /// <summary>How long events are kept.</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many octets the kept events take in the storage. May be exceeded by the unit in which they are dropped.</summary>
    public long HistoryMaxBytes { get; init; } = 10_000_000_000;

    /// <summary>Most octets of content in the node's memory, for deliveries soon after acceptance; 0 for no cache.</summary>
    public long BodyCacheBytes { get; init; } = 64 << 20;
}
