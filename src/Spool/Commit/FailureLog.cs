using Microsoft.Extensions.Logging;
using Postfleet.Spool.Common;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Logs that writes fail, at most once in a while, since a storage that is down fails thousands of them a second; and that they work again,
/// once they have for as long. Where the storage is full, what deletes still succeeds among what fails.
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
        // Without the lock: this runs for each transaction, and a late look does no harm.
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
