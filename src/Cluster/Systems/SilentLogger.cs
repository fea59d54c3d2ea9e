using Akka.Event;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Stands where the actor system would write to standard output by itself, before its loggers have started and after they have stopped:
/// that output is the node's log, whose every line has one form.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
