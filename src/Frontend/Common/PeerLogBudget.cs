using System.Net;

namespace Postfleet.Frontend.Common;

/// <summary>
/// Limits the log lines about each peer to a single line per interval. At most 1,000 peers are remembered; when the table is full, all are
/// forgotten. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">The least time between two lines about a peer; <see cref="Timeout.InfiniteTimeSpan"/> for a single
/// line.</param>
internal sealed class PeerLogBudget(TimeProvider time, TimeSpan interval)
{
    private const int MaxPeers = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (long Since, int LeftOut)> _peers = [];

    /// <summary>Asks for permission to log a line.</summary>
    /// <param name="peer">The peer in the line.</param>
    /// <param name="leftOut">Number of lines about the peer left out since the last permitted line.</param>
    public bool TryTake(IPAddress peer, out int leftOut)
    {
        lock (_lock)
        {
            leftOut = 0;
            if (_peers.TryGetValue(peer, out var last))
            {
                leftOut = last.LeftOut;
                if (interval == Timeout.InfiniteTimeSpan || time.GetElapsedTime(last.Since) < interval)
                {
                    _peers[peer] = last with { LeftOut = leftOut + 1 };
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
