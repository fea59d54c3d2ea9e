using Postfleet.Core.Queueing;

namespace Postfleet.Operations.Run;

/// <summary>
/// The queues that an action on single messages has counted. They are kept as hashes, which survive a change of the owner of the actions
/// in its journal. Owned by <see cref="ActionRun"/>.
/// </summary>
internal sealed class SeenQueues(IEnumerable<long> known)
{
    /// <summary>How many queues are told apart; the count of an action goes no further.</summary>
    public const int Max = 20_000;

    private readonly HashSet<long> _seen = [.. known];
    private List<long> _new = [];

    /// <summary>Counts a queue.</summary>
    /// <returns>Whether it is new.</returns>
    public bool Add(QueueKey queue)
    {
        if (_seen.Count >= Max || !_seen.Add(Hash(queue))) return false;
        _new.Add(Hash(queue));
        return true;
    }

    /// <summary>Takes the hashes of the queues counted since the last call.</summary>
    public IReadOnlyList<long> TakeNew()
    {
        var taken = _new;
        _new = [];
        return taken;
    }

    // FNV-1a: the same on all nodes and in all versions.
    private static long Hash(QueueKey queue)
    {
        var hash = 14695981039346656037;
        foreach (var c in queue.Value) hash = unchecked((hash ^ c) * 1099511628211);
        return unchecked((long)hash);
    }
}
