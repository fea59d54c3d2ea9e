namespace Postfleet.Frontend;

/// <summary>How many lines of a kind the log takes in a second: what clients provoke must not fill the disk. Thread-safe.</summary>
internal sealed class LogBudget(TimeProvider time, int perSecond)
{
    private readonly Lock _lock = new();
    private long _second;
    private int _used;
    private int _left;

    /// <summary>Asks for one line.</summary>
    /// <param name="left">How many lines were left out since the last one that was granted.</param>
    public bool TryTake(out int left)
    {
        lock (_lock)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second) (_second, _used) = (second, 0);
            left = _left;
            if (_used >= perSecond)
            {
                _left++;
                return false;
            }

            _used++;
            _left = 0;
            return true;
        }
    }
}
