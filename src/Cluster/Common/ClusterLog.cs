using Microsoft.Extensions.Logging;

namespace Postfleet.Cluster.Common;

/// <summary>The log lines of this module, with ids from 8001 on.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(EventId = 8001, Message = "{Source}: {Message}", EventName = "akka")]
    public static partial void Akka(ILogger logger, LogLevel level, Exception? cause, string source, string message);

    [LoggerMessage(8006, LogLevel.Critical, "the actor system has ended unexpectedly; the node stops", EventName = "actor system ended")]
    public static partial void ActorSystemEnded(ILogger logger);

    [LoggerMessage(8007, LogLevel.Warning, "not in a cluster after {Elapsed}: {Reason}", EventName = "not joined")]
    public static partial void NotJoined(ILogger logger, TimeSpan elapsed, string reason);

    [LoggerMessage(8008, LogLevel.Information, "founding a cluster as {Node}", EventName = "founding cluster")]
    public static partial void Founding(ILogger logger, string node);

    [LoggerMessage(8009, LogLevel.Critical,
        "{Node} is no longer in the registry of the cluster: " +
        "another cluster was founded while this node was silent, or another node uses this address; leaving the cluster",
        EventName = "ousted")]
    public static partial void Ousted(ILogger logger, string node);

    [LoggerMessage(8035, LogLevel.Warning,
        "{Node} was not yet in the registry, and {Other} of another cluster lives on the same database; " +
        "leaving the cluster to join the other cluster",
        EventName = "other cluster")]
    public static partial void OtherCluster(ILogger logger, string node, string other);

    [LoggerMessage(8010, LogLevel.Warning, "the registry of the cluster does not answer: {Reason}", EventName = "registry down")]
    public static partial void RegistryDown(ILogger logger, string reason);

    [LoggerMessage(8011, LogLevel.Information, "the registry of the cluster answers again", EventName = "registry up")]
    public static partial void RegistryUp(ILogger logger);

    [LoggerMessage(8012, LogLevel.Information, "node {Node} is up: {Roles}, version {Version}", EventName = "node up")]
    public static partial void NodeUp(ILogger logger, string node, string roles, string version);

    [LoggerMessage(8013, LogLevel.Warning, "node {Node} cannot be reached", EventName = "node unreachable")]
    public static partial void NodeUnreachable(ILogger logger, string node);

    [LoggerMessage(8014, LogLevel.Information, "node {Node} can be reached again", EventName = "node reachable")]
    public static partial void NodeReachable(ILogger logger, string node);

    [LoggerMessage(8015, LogLevel.Warning, "node {Node} is declared dead", EventName = "node down")]
    public static partial void NodeDown(ILogger logger, string node);

    [LoggerMessage(8016, LogLevel.Information, "node {Node} is gone; it was {Before}", EventName = "node removed")]
    public static partial void NodeRemoved(ILogger logger, string node, string before);

    [LoggerMessage(8017, LogLevel.Warning, "this node is out of the cluster and joins again in {Pause}: {Reason}", EventName = "rejoining")]
    public static partial void Rejoining(ILogger logger, TimeSpan pause, string reason);

    [LoggerMessage(8018, LogLevel.Critical, "this node cannot join the cluster again and stops", EventName = "cannot rejoin")]
    public static partial void CannotRejoin(ILogger logger, Exception cause);

    [LoggerMessage(8019, LogLevel.Critical, "the cluster membership has failed because of an error in this program; leaving the cluster",
        EventName = "membership failed")]
    public static partial void MembershipFailed(ILogger logger, Exception cause);

    [LoggerMessage(8020, LogLevel.Information, "entities of the role {Role} move to other nodes", EventName = "moving away")]
    public static partial void MovingAway(ILogger logger, string role);

    [LoggerMessage(8021, LogLevel.Warning,
        "no queue node can be reached; this node stays in the cluster until the registry shows whether queue nodes live",
        EventName = "no queue nodes")]
    public static partial void NoQueueNodes(ILogger logger);

    [LoggerMessage(8022, LogLevel.Information, "a queue node can be reached again", EventName = "queue nodes back")]
    public static partial void QueueNodesBack(ILogger logger);

    [LoggerMessage(8023, LogLevel.Warning, "node {Node} is unreachable and silent in the registry: it is removed as dead",
        EventName = "node silent")]
    public static partial void Removing(ILogger logger, string node);

    [LoggerMessage(8024, LogLevel.Warning, "this node leaves the cluster: {Reason}", EventName = "giving up")]
    public static partial void Leaving(ILogger logger, string reason);

    [LoggerMessage(8025, LogLevel.Error, "deciding about unreachable nodes has failed because of an error in this program",
        EventName = "guard failed")]
    public static partial void GuardFailed(ILogger logger, Exception cause);

    [LoggerMessage(8026, LogLevel.Critical, "this node stops: {Reason}", EventName = "refused")]
    public static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(8027, LogLevel.Information,
        "Akka has lost track of a connection to {Node} while it connected; all connections to {Node} are closed and opened again",
        EventName = "connection abandoned")]
    public static partial void ConnectionAbandoned(ILogger logger, string node);

    [LoggerMessage(8028, LogLevel.Information,
        "node {Node} has been silent for an hour: its row is removed from the registry of the cluster", EventName = "silent node removed")]
    public static partial void SilentRemoved(ILogger logger, string node);

    [LoggerMessage(8030, LogLevel.Warning,
        "this process stood still for {Gap}: running attempts are returned before their final dot, and no attempt begins for {Recovery}",
        EventName = "stood still")]
    public static partial void StoodStill(ILogger logger, TimeSpan gap, TimeSpan recovery);

    [LoggerMessage(8031, LogLevel.Warning,
        "only {Reachable} of {All} queue nodes can be reached: no attempt begins on this node until half of them can be reached",
        EventName = "quorum lost")]
    public static partial void QuorumUnreachable(ILogger logger, int reachable, int all);

    [LoggerMessage(
        8032, LogLevel.Information, "{Reachable} of {All} queue nodes can be reached: attempts begin again", EventName = "quorum back")]
    public static partial void QuorumReachable(ILogger logger, int reachable, int all);

    [LoggerMessage(8033, LogLevel.Warning,
        "the clock of this machine was set forward by {Step}, as after a pause of a virtual machine: " +
        "running attempts are returned before their final dot, and no attempt begins for {Recovery}",
        EventName = "maybe paused")]
    public static partial void MaybePaused(ILogger logger, TimeSpan step, TimeSpan recovery);

    [LoggerMessage(8034, LogLevel.Warning,
        "the database lacks changes that it had confirmed to this node: the actor system ends, and a new one reads the database",
        EventName = "database behind")]
    public static partial void Behind(ILogger logger);
}
