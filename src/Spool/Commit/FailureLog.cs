using Microsoft.Extensions.Logging;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Logs that writes fail, at most once in a while, since a storage that is down fails thousands of them a second; and that they work again.
/// </summary>
internal sealed class FailureLog(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long _lastLogged;
    private int _unlogged;
    private bool _failing;

    public void Failed(WriteFailure failure, int operations)
    {
        lock (_lock)
        {
            if (_failing && time.GetElapsedTime(_lastLogged) < Interval)
            {
                _unlogged += operations;
                return;
            }

            SpoolLog.WritesFail(logger, failure.Cause, failure.Kind, operations + _unlogged);
            _failing = true;
            _unlogged = 0;
            _lastLogged = time.GetTimestamp();
        }
    }

    public void Succeeded()
    {
        // Read without the lock: this runs for each transaction, and a late look does no harm.
        if (!Volatile.Read(ref _failing)) return;
        lock (_lock)
        {
            if (!_failing) return;
            SpoolLog.WritesWorkAgain(logger, _unlogged);
            _failing = false;
            _unlogged = 0;
        }
    }
}
