
namespace Postfleet.Node;

/// <summary>The room's log lines, with ids from 5001 on.</summary>
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

    [LoggerMessage(5007, LogLevel.Warning, "not in a cluster after {Elapsed}: {Reason}", EventName = "not joined")]
    public static partial void NotJoined(ILogger logger, TimeSpan elapsed, string reason);

    [LoggerMessage(5008, LogLevel.Information, "founding a cluster as {Node}", EventName = "founding cluster")]
    public static partial void Founding(ILogger logger, string node);

    [LoggerMessage(5009, LogLevel.Critical,
        "{Node} is no longer in the registry of the cluster: another cluster was founded while this one was silent, or another node has this address; leaving",
        EventName = "ousted")]
    public static partial void Ousted(ILogger logger, string node);

    [LoggerMessage(5010, LogLevel.Warning, "the registry of the cluster does not answer: {Reason}", EventName = "registry down")]
    public static partial void RegistryDown(ILogger logger, string reason);

    [LoggerMessage(5011, LogLevel.Information, "the registry of the cluster answers again", EventName = "registry up")]
    public static partial void RegistryUp(ILogger logger);

    [LoggerMessage(5012, LogLevel.Information, "node {Node} is up: {Roles}, version {Version}", EventName = "node up")]
    public static partial void NodeUp(ILogger logger, string node, string roles, string version);

    [LoggerMessage(5013, LogLevel.Warning, "node {Node} cannot be reached", EventName = "node unreachable")]
    public static partial void NodeUnreachable(ILogger logger, string node);

    [LoggerMessage(5014, LogLevel.Information, "node {Node} can be reached again", EventName = "node reachable")]
    public static partial void NodeReachable(ILogger logger, string node);

    [LoggerMessage(5015, LogLevel.Warning, "node {Node} is declared dead", EventName = "node down")]
    public static partial void NodeDown(ILogger logger, string node);

    [LoggerMessage(5016, LogLevel.Information, "node {Node} is gone; it was {Before}", EventName = "node removed")]
    public static partial void NodeRemoved(ILogger logger, string node, string before);

    [LoggerMessage(5017, LogLevel.Warning, "out of the cluster; starting again in it in {Pause}: {Reason}", EventName = "rejoining")]
    public static partial void Rejoining(ILogger logger, TimeSpan pause, string reason);

    [LoggerMessage(5018, LogLevel.Critical, "this node cannot start again in the cluster; it stops", EventName = "cannot rejoin")]
    public static partial void CannotRejoin(ILogger logger, Exception cause);

    [LoggerMessage(5019, LogLevel.Critical, "the membership in the cluster has failed by a fault of this program; leaving", EventName = "membership failed")]
    public static partial void MembershipFailed(ILogger logger, Exception cause);

    [LoggerMessage(5020, LogLevel.Information, "what runs here by the role {Role} moves to other nodes", EventName = "moving away")]
    public static partial void MovingAway(ILogger logger, string role);

    [LoggerMessage(5021, LogLevel.Warning, "no queue node can be reached; this node stays until it is known whether they live", EventName = "no queue nodes")]
    public static partial void NoQueueNodes(ILogger logger);

    [LoggerMessage(5022, LogLevel.Information, "a queue node can be reached again", EventName = "queue nodes back")]
    public static partial void QueueNodesBack(ILogger logger);

    [LoggerMessage(5023, LogLevel.Warning, "node {Node} can neither be reached nor has it shown life in the registry: it is taken for dead", EventName = "node silent")]
    public static partial void Removing(ILogger logger, string node);

    [LoggerMessage(5024, LogLevel.Warning, "this node gives up its place in the cluster: {Reason}", EventName = "giving up")]
    public static partial void GivingUp(ILogger logger, string reason);

    [LoggerMessage(5025, LogLevel.Error, "asking the registry about nodes that cannot be reached failed by a fault of this program", EventName = "guard failed")]
    public static partial void GuardFailed(ILogger logger, Exception cause);

    [LoggerMessage(5026, LogLevel.Critical, "this node stops: {Reason}", EventName = "refused")]
    public static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(5027, LogLevel.Information, "the journal let go of {Rows} queues that have been empty for a day", EventName = "journal swept")]
    public static partial void JournalSwept(ILogger logger, long rows);

    [LoggerMessage(5028, LogLevel.Warning, "the journal could not be swept of the rows of empty queues; it is tried again in an hour", EventName = "journal sweep failed")]
    public static partial void JournalSweepFailed(ILogger logger, Exception cause);

    [LoggerMessage(5029, LogLevel.Warning,
        "the clock of this machine was set by {Seconds} s, {Direction}: retries, pauses and lifetimes do not move; times in the log and in new Received fields do; stored times follow after a restart",
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

    [LoggerMessage(5045, LogLevel.Warning, "SIGHUP is ignored: {Reason}", EventName = "sighup ignored")]
    public static partial void HangUp(ILogger logger, string reason);

    [LoggerMessage(5046, LogLevel.Warning, "{Signal} is ignored: it means nothing to this program", EventName = "signal ignored")]
    public static partial void SignalIgnored(ILogger logger, string signal);

    [LoggerMessage(5047, LogLevel.Warning,
        "only {Limit} files may be open: Smtp:MaxConnections is {MaxConnections} instead of {Wanted}, and deliveries have {Deliveries} connections at most; raise LimitNOFILE",
        EventName = "few open files")]
    public static partial void FewOpenFiles(ILogger logger, int limit, int wanted, int maxConnections, int deliveries);
}
