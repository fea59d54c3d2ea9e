using System.Collections.Concurrent;
using System.Text;

namespace Postfleet.Testing;

/// <summary>
/// The undisposed nodes of this test process. A node's failure message shows the logs of its neighbours: the nodes with the same database
/// or the same seeds. The cause of a failed join, for example, is often in the log of another node. Thread-safe.
/// </summary>
internal static class NodeNeighbours
{
    private const int LinesShown = 60;

    private static readonly ConcurrentDictionary<PostfleetNode, int> Nodes = new();
    private static int _last;

    public static void Add(PostfleetNode node) => Nodes[node] = Interlocked.Increment(ref _last);

    public static void Remove(PostfleetNode node) => Nodes.TryRemove(node, out _);

    /// <summary>The last log lines of a node's neighbours, in the order of the nodes' creation; empty without neighbours.</summary>
    public static string Logs(PostfleetNode node)
    {
        var text = new StringBuilder();
        foreach (var (other, _) in Nodes.OrderBy(pair => pair.Value).Where(pair => AreNeighbours(node, pair.Key)))
        {
            text.Append('\n').Append(other.LogTail(LinesShown));
        }

        return text.ToString();
    }

    private static bool AreNeighbours(PostfleetNode one, PostfleetNode other) =>
        one != other && other.WasStarted
        && ((one.Spec.Postgres is { } database && other.Spec.Postgres == database) || one.Spec.Seeds.Intersect(other.Spec.Seeds).Any());
}
