namespace Postfleet.Delivery.Destinations.State;

/// <summary>The speed of a destination over the last minute: the transactions of its fastest second. Plain code.</summary>
internal sealed class SpeedMeter
{
    private const int Slots = 60;

    private readonly int[] _counts = new int[Slots];
    private long _slot;

    /// <summary>Counts transactions.</summary>
    public void Count(int transactions, DateTimeOffset now)
    {
        Turn(now);
        _counts[_slot % Slots] += transactions;
    }

    /// <summary>Transactions a second.</summary>
    public int PerSecond(DateTimeOffset now)
    {
        Turn(now);
        return _counts.Max();
    }

    private void Turn(DateTimeOffset now)
    {
        var slot = now.UtcTicks / TimeSpan.TicksPerSecond;
        if (slot == _slot) return;
        if (slot < _slot || slot - _slot >= Slots) Array.Clear(_counts);
        else for (var each = _slot + 1; each <= slot; each++) _counts[each % Slots] = 0;
        _slot = slot;
    }
}
