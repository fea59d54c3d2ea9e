using Akka.Event;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Suppresses Akka's own writes to standard output before its loggers have started and after they have stopped. Standard output is the
/// node's log, and all its lines have the same format.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
