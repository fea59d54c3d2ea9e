using Microsoft.Extensions.Logging;

namespace Postfleet.Storage;

/// <summary>The log lines of this module, with ids from 10001 on.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(10001, LogLevel.Information, "the database server is {Server}, on timeline {Timeline}", EventName = "database server")]
    public static partial void Server(ILogger logger, string server, long timeline);

    [LoggerMessage(
        10002, LogLevel.Warning,
        "the database server {Server}, on timeline {Timeline}, has replaced or restarted the server on timeline {Former}; " +
        "it has the last changes of this node",
        EventName = "database server changed")]
    public static partial void ServerChanged(ILogger logger, string server, long timeline, long former);

    [LoggerMessage(
        10003, LogLevel.Error,
        "the database server {Server} is not used: it is on timeline {Timeline}, and this node has used timeline {Known}. It is a former " +
        "primary that still accepts writes, and must be stopped. If this database was restored on purpose, restart this node",
        EventName = "database server outdated")]
    public static partial void ServerOutdated(ILogger logger, string server, long timeline, long known);

    [LoggerMessage(
        10004, LogLevel.Critical,
        "the database server {Server}, on timeline {Timeline}, lacks changes that an earlier server had confirmed to this node " +
        "({Missing} of the last {Known}): acknowledged mail may be lost. The actors of this node start again from the database",
        EventName = "database changes lost")]
    public static partial void ChangesLost(ILogger logger, string server, long timeline, int missing, int known);
}
