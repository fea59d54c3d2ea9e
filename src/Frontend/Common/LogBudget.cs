using Microsoft.Extensions.Logging;

namespace Postfleet.Frontend.Common;

/// <summary>Limits the log lines of a kind per second: lines provoked by clients must not fill the disk. Thread-safe.</summary>
internal sealed class LogBudget(TimeProvider time, int perSecond)
{
    private readonly Lock _lock = new();
    private long _second;
    private int _used;
    private int _leftOut;

    /// <summary>Asks for permission to log a line.</summary>
    /// <param name="leftOut">Number of lines left out since the last permitted line.</param>
    public bool TryTake(out int leftOut)
    {
        lock (_lock)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second) (_second, _used) = (second, 0);
            leftOut = _leftOut;
            if (_used >= perSecond)
            {
                _leftOut++;
                return false;
            }

            _used++;
            _leftOut = 0;
            return true;
        }
    }

    /// <summary>Asks for permission to log a refusal, and logs how many were left out before.</summary>
    /// <param name="logger">The module's log.</param>
    public bool TryTake(ILogger logger)
    {
        if (!TryTake(out var leftOut)) return false;
        if (leftOut > 0) logger.RefusalsLeftOut(leftOut);
        return true;
    }
}
