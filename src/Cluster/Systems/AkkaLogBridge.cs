using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using AkkaLogLevel = Akka.Event.LogLevel;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Postfleet.Cluster.Systems;

/// <summary>Passes the node's log to the actor system.</summary>
/// <param name="loggers">The node's log.</param>
/// <param name="isJoining">Whether this node is joining a cluster; true before its actor system is created.</param>
internal sealed class AkkaLogSetup(ILoggerFactory loggers, Func<bool> isJoining) : Setup
{
    public ILoggerFactory Loggers { get; } = loggers;

    public Func<bool> IsJoining { get; } = isJoining;
}

/// <summary>Writes log events of the actor system to the node's log. Akka creates it by its name in the configuration.</summary>
internal sealed class AkkaLogBridge : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILoggerFactory _loggers;
    private readonly Func<bool> _isJoining;

    public AkkaLogBridge()
    {
        var setup = Context.System.Settings.Setup.Get<AkkaLogSetup>().Value;
        (_loggers, _isJoining) = (setup.Loggers, setup.IsJoining);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    private void Write(LogEvent e)
    {
        var level = e.LogLevel() switch
        {
            AkkaLogLevel.DebugLevel => LogLevel.Debug,
            AkkaLogLevel.InfoLevel => LogLevel.Information,
            AkkaLogLevel.WarningLevel => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        if (IsAboutNetwork(e) && _isJoining()) level = LogLevel.Debug;
        var logger = _loggers.CreateLogger(e.LogClass);
        if (!logger.IsEnabled(level)) return;
        var message = e.Message?.ToString() ?? "";
        ClusterLog.Akka(logger, level, e.Cause, e.LogSource, message);
    }

    // Akka logs several lines for each request to a silent contact, every second or two, and for an address that cannot be listened on. The
    // node's own lines name the contact with the reason, or the setting.
    private static bool IsAboutNetwork(LogEvent e) => e.LogClass.Namespace?.StartsWith("Akka.Remote", StringComparison.Ordinal) is true
        || e.LogSource.StartsWith("remoting (", StringComparison.Ordinal)
            || e.LogSource.Contains("/joinSeedNodeProcess", StringComparison.Ordinal);
}
