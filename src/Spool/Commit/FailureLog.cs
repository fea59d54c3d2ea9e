using Microsoft.Extensions.Logging;
using Postfleet.Spool.Common;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Logs failed writes, at most once per interval, since an unavailable storage fails thousands of them a second. Logs the recovery after
/// an interval without failures. Where the storage is full, some writes (deletes) still succeed between the failures.
/// </summary>
internal sealed class FailureLog(ILogger logger, TimeProvider time)
{
    /// <summary>Least time between two lines.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _lastLogged;
    private long _lastFailed;
    private int _unlogged;
    private volatile bool _failing;

    public void Failed(WriteFailure failure, int operations)
    {
        lock (_lock)
        {
            _failing = true;
            _lastFailed = time.GetTimestamp();
            _unlogged += operations;
            if (_lastLogged is { } last && time.GetElapsedTime(last) < Interval) return;
            SpoolLog.WritesFail(logger, failure.Cause, failure.Kind, _unlogged);
            _unlogged = 0;
            _lastLogged = _lastFailed;
        }
    }

    public void Succeeded()
    {
        // Checked without the lock, since this runs for each transaction; a late detection of a failure does no harm.
        if (!_failing) return;
        lock (_lock)
        {
            if (!_failing || time.GetElapsedTime(_lastFailed) < Interval) return;
            SpoolLog.WritesWorkAgain(logger, _unlogged);
            _failing = false;
            _unlogged = 0;
        }
    }
}
