using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Frontend.Session;

/// <summary>What sessions tell the log: one line an event, and refusals no more often than the log has room for.</summary>
internal static class SessionLogging
{
    // A message may have a thousand domains.
    private const int MaxQueues = 10;

    public static void LogAccepted(
        this SessionServices services, MessageId id, IPAddress client, Transaction transaction, long size, long started)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        var recipients = transaction.Recipients;
        var queues = recipients.Count == 1 ? QueueKey.For(recipients[0].Domain).Value
            : string.Join(',', recipients.Select(recipient => recipient.Domain).Distinct().Take(MaxQueues).Select(domain => QueueKey.For(domain).Value));
        services.Logger.Accepted(
            id, transaction.ReversePath?.Address ?? "<>", client, size, recipients.Count, queues,
            Math.Round(services.Time.GetElapsedTime(started).TotalMilliseconds, 3));
    }

    public static void LogRefusal(this SessionServices services, IPAddress client, string session, ReadOnlySpan<byte> reply)
    {
        if (services.Logger.IsEnabled(LogLevel.Information) && HasRoom(services))
            services.Logger.Rejected(client, session, Encoding.ASCII.GetString(reply).TrimEnd());
    }

    public static void LogTlsFailure(this SessionServices services, IPAddress client, string session, string reason)
    {
        if (services.Logger.IsEnabled(LogLevel.Information) && HasRoom(services)) services.Logger.TlsFailed(client, session, reason);
    }

    public static void LogProxyRefusal(this SessionServices services, IPAddress peer, string session, string reason)
    {
        if (HasRoom(services)) services.Logger.ProxyRefused(peer, session, reason);
    }

    public static void LogNotStored(this SessionServices services, MessageId id, IPAddress client, StoreResult result)
    {
        if (HasRoom(services)) services.Logger.NotStored(id, client, result);
    }

    private static bool HasRoom(SessionServices services)
    {
        if (!services.Refusals.TryTake(out var left)) return false;
        if (left > 0) services.Logger.RefusalsLeftOut(left);
        return true;
    }
}
