using Microsoft.Extensions.Logging;

namespace Postfleet.Node.Tests.Logging;

/// <summary>An event of each form used by modules.</summary>
internal static partial class TestEvents
{
    [LoggerMessage(EventId = 1, Message = "{Source}: {Message}", EventName = "akka")]
    public static partial void Akka(ILogger logger, LogLevel level, Exception? cause, string source, string message);

    [LoggerMessage(2, LogLevel.Critical, "the actor system has ended unexpectedly; the node stops", EventName = "actor system ended")]
    public static partial void ActorSystemEnded(ILogger logger);
}
