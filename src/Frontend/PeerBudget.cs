using System.Net;

namespace Postfleet.Frontend;

/// <summary>
/// One line in a minute for each peer, for what comes again and again. It forgets all peers when they are too many. Thread-safe.
/// </summary>
internal sealed class PeerBudget(TimeProvider time)
{
    private const int MaxPeers = 1_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (long Since, int Left)> _peers = [];

    /// <summary>Asks for one line.</summary>
    /// <param name="peer">Whom it is about.</param>
    /// <param name="left">How many lines about the peer were left out since the last one that was granted.</param>
    public bool TryTake(IPAddress peer, out int left)
    {
        lock (_lock)
        {
            left = 0;
            if (_peers.TryGetValue(peer, out var last))
            {
                left = last.Left;
                if (time.GetElapsedTime(last.Since) < Pause)
                {
                    _peers[peer] = last with { Left = left + 1 };
                    return false;
                }
            }
            else if (_peers.Count >= MaxPeers)
            {
                _peers.Clear();
            }

            _peers[peer] = (time.GetTimestamp(), 0);
            return true;
        }
    }
}
