
namespace Postfleet.Node;

/// <summary>The room's log lines. The next free id is 5007.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(EventId = 5001, Message = "{Source}: {Message}", EventName = "akka")]
    public static partial void Akka(ILogger logger, LogLevel level, Exception? cause, string source, string message);

    [LoggerMessage(5002, LogLevel.Information, "admin listening on {Endpoint}", EventName = "admin listening")]
    public static partial void AdminListening(ILogger logger, string endpoint);

    [LoggerMessage(5003, LogLevel.Information, "ready after {Elapsed}: {Hostname}, version {Version}", EventName = "ready")]
    public static partial void Ready(ILogger logger, TimeSpan elapsed, string hostname, string version);

    [LoggerMessage(5004, LogLevel.Information, "stopping; grace is {Grace}", EventName = "stopping")]
    public static partial void Stopping(ILogger logger, TimeSpan grace);

    [LoggerMessage(5005, LogLevel.Information, "stopped", EventName = "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(5006, LogLevel.Critical, "the actor system has ended by itself; the node stops", EventName = "actor system ended")]
    public static partial void ActorSystemEnded(ILogger logger);
}
