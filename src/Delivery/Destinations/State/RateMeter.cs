namespace Postfleet.Delivery.Destinations.State;

/// <summary>Counts the jobs ended per second.</summary>
internal sealed class RateMeter
{
    private long _second;
    private int _current;
    private int _last;

    public void Count(DateTimeOffset now)
    {
        Turn(now);
        _current++;
    }

    /// <summary>The jobs ended in the last full second, or in the present second if they are more.</summary>
    public int PerSecond(DateTimeOffset now)
    {
        Turn(now);
        return Math.Max(_last, _current);
    }

    private void Turn(DateTimeOffset now)
    {
        var second = now.UtcTicks / TimeSpan.TicksPerSecond;
        if (second == _second) return;
        _last = second == _second + 1 ? _current : 0;
        (_second, _current) = (second, 0);
    }
}
