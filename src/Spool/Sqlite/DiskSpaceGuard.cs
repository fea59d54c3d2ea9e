using Microsoft.Extensions.Logging;
using Postfleet.Spool.Common;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>Space on a volume, in bytes.</summary>
internal readonly record struct VolumeSpace(long Free, long Total)
{
    /// <summary>The volume of a folder.</summary>
    public static VolumeSpace Of(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            return new VolumeSpace(drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file system without this information is no reason to refuse mail: its error "full" still has effect.
            return new VolumeSpace(long.MaxValue, long.MaxValue);
        }
    }
}

/// <summary>
/// Decides when the volume is too full for new mail, while deletions still have space. On a completely full volume even a deletion fails,
/// since SQLite first writes it to the log; and a checkpoint of the log into the database may need the log's size once more. Free pages of
/// the database count as space: a file grown in an outage never shrinks, but is filled again. Only the writer's thread calls it.
/// </summary>
internal sealed class DiskSpaceGuard(string folder, Func<string, VolumeSpace> measure, TimeProvider time, ILogger logger)
{
    /// <summary>Longest time between two measurements while mail is written.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Space in bytes for the log, the journal on the same volume and some time of settling; on a small volume a tenth of the volume.
    private const long Reserve = 256L << 20;

    // A volume may fill within a second, so the space is also measured after this many bytes.
    private const long Stride = 1 << 20;

    private readonly string _log = Path.Combine(folder, "spool.db-wal");
    private long? _measured;
    private long _written;

    /// <summary>Whether the last measurement found too little space for new mail.</summary>
    public bool IsLow { get; private set; }

    /// <summary>Whether the space is too scarce for history: its writes stop before mail is refused.</summary>
    public bool IsScarce { get; private set; }

    /// <summary>Counts the bytes of new mail after a write.</summary>
    public void AddWritten(long bytes) => _written += bytes;

    /// <summary>Makes the next <see cref="Refresh"/> measure, after a write failed on a full volume.</summary>
    public void Invalidate() => _measured = null;

    /// <summary>Measures the space if the last measurement is out of date. Must not be called inside a transaction.</summary>
    public void Refresh(SqliteSession session)
    {
        if (_written < Stride && _measured is { } last && time.GetElapsedTime(last) < Interval) return;
        _written = 0;
        var space = measure(folder);
        var low = IsTooLittle(session, space);
        if (low)
        {
            session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            space = measure(folder);
            low = IsTooLittle(session, space);
        }

        var scarce = low || IsTooLittle(session, space, share: 2);
        if (scarce != IsScarce)
        {
            SpoolLog.HistorySpaceChanged(
                logger, scarce ? LogLevel.Warning : LogLevel.Information, scarce ? "not written" : "written", space.Free >> 20);
        }

        IsScarce = scarce;

        // With little space the log is kept short, or settling would use it up.
        if (low || IsLow) session.Execute(low ? SqliteSchema.ShortLog : SqliteSchema.LongLog);
        if (low != IsLow)
            SpoolLog.SpaceChanged(logger, low ? LogLevel.Error : LogLevel.Information, low ? "refuses" : "accepts", space.Free >> 20);
        IsLow = low;
        _measured = time.GetTimestamp();
    }

    private bool IsTooLittle(SqliteSession session, VolumeSpace space, int share = 1)
    {
        var reserve = share * Math.Min(Reserve, space.Total / 10);
        if (space.Free < reserve / 8) return true;
        if (space.Free >= 4 * Reserve) return false;
        var log = new FileInfo(_log);
        var spare = session.QueryNumber("PRAGMA freelist_count") * session.QueryNumber("PRAGMA page_size");
        return space.Free + spare < (log.Exists ? log.Length : 0) + reserve;
    }
}
