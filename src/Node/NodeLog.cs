
namespace Postfleet.Node;

/// <summary>The log lines of this module, with ids from 5001 on.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(5002, LogLevel.Information, "admin listening on {Endpoint}", EventName = "admin listening")]
    public static partial void AdminListening(ILogger logger, string endpoint);

    [LoggerMessage(5003, LogLevel.Information, "ready after {Elapsed}: {Hostname}, version {Version}", EventName = "ready")]
    public static partial void Ready(ILogger logger, TimeSpan elapsed, string hostname, string version);

    [LoggerMessage(5004, LogLevel.Information, "stopping; grace is {Grace}", EventName = "stopping")]
    public static partial void Stopping(ILogger logger, TimeSpan grace);

    [LoggerMessage(5005, LogLevel.Information, "stopped", EventName = "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(5006, LogLevel.Information, "SIGTERM: not ready from now on, and stopping in {Delay}", EventName = "draining")]
    public static partial void Draining(ILogger logger, TimeSpan delay);

    [LoggerMessage(5029, LogLevel.Warning,
        "the clock of this machine was set by {Seconds} s, {Direction}: retries, pauses and lifetimes are not affected; times in the log and in new Received fields are; stored times follow after a restart",
        EventName = "clock set")]
    public static partial void ClockSet(ILogger logger, double seconds, string direction);

    [LoggerMessage(5040, LogLevel.Information, "configuration read from {File}", EventName = "configuration read")]
    public static partial void ConfigurationRead(ILogger logger, string file);

    [LoggerMessage(5041, LogLevel.Information, "no configuration file: {LookedFor} does not exist", EventName = "no configuration file")]
    public static partial void NoConfigurationFile(ILogger logger, string lookedFor);

    [LoggerMessage(5042, LogLevel.Warning, "{Warning}", EventName = "configuration warning")]
    public static partial void ConfigurationWarning(ILogger logger, string warning);

    [LoggerMessage(5043, LogLevel.Information, "mail and journals are in {Place}", EventName = "storage")]
    public static partial void StorageIn(ILogger logger, string place);

    [LoggerMessage(5044, LogLevel.Information,
        "clients of {TrustedNetworks} may send to any domain, all others to {RelayDomains} only", EventName = "relay rule")]
    public static partial void RelayRule(ILogger logger, string trustedNetworks, string relayDomains);

    [LoggerMessage(5045, LogLevel.Information, "the other nodes reach this node at {Host}, port {Port}", EventName = "cluster address")]
    public static partial void ClusterAddress(ILogger logger, string host, int port);

    [LoggerMessage(5046, LogLevel.Warning, "{Signal} is ignored: this program does not use the signal", EventName = "signal ignored")]
    public static partial void SignalIgnored(ILogger logger, string signal);

    [LoggerMessage(5047, LogLevel.Warning,
        "only {Limit} files may be open: Smtp:MaxConnections is {MaxConnections} instead of {Wanted}, and deliveries have {Deliveries} connections at most; raise LimitNOFILE",
        EventName = "few open files")]
    public static partial void FewOpenFiles(ILogger logger, int limit, int wanted, int maxConnections, int deliveries);

    [LoggerMessage(5048, LogLevel.Warning, "systemd at {Socket} was not told {State}: {Reason}", EventName = "systemd not told")]
    public static partial void NotNotified(ILogger logger, string state, string socket, string reason);

    [LoggerMessage(5049, LogLevel.Information,
        "configuration reloaded by {Author}: changed {Changed}; restart needed for {RestartNeeded}", EventName = "configuration reloaded")]
    public static partial void Reloaded(ILogger logger, string author, string changed, string restartNeeded);

    [LoggerMessage(5050, LogLevel.Error, "configuration not reloaded by {Author}, the old values stay in force: {Error}",
        EventName = "reload refused")]
    public static partial void ReloadRefused(ILogger logger, string author, string error);

    [LoggerMessage(5051, LogLevel.Error, "the reload by {Author} failed", EventName = "reload failed")]
    public static partial void ReloadCrashed(ILogger logger, Exception exception, string author);

    [LoggerMessage(5052, LogLevel.Warning,
        "no message to systemd's watchdog: no answer from {Silent} for {Elapsed}; without an answer, systemd restarts the node",
        EventName = "watchdog withheld")]
    public static partial void WatchdogWithheld(ILogger logger, Exception? exception, string silent, TimeSpan elapsed);

    [LoggerMessage(5053, LogLevel.Information, "messages to systemd's watchdog again, after {Elapsed}", EventName = "watchdog resumed")]
    public static partial void WatchdogResumed(ILogger logger, TimeSpan elapsed);
}
