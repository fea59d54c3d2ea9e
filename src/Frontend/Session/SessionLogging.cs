using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Frontend.Session;

/// <summary>What sessions tell the log: one line an event, and refusals no more often than the log has room for.</summary>
internal static class SessionLogging
{
    // The log cuts a value at 1,000 characters: the recipients of a message go into as many lines as they need, so that each can be found.
    private const int MaxLine = 900;

    // Of a command that is refused; enough for a path of the greatest length.
    private const int MaxCommand = 300;

    public static void LogAccepted(
        this SessionServices services, MessageId id, IPAddress client, Transaction transaction, long size, long started)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        var recipients = transaction.Recipients;
        var next = 0;
        services.Logger.Accepted(
            id, transaction.ReversePath?.Address ?? "<>", client, size, recipients.Count, TakeLine(recipients, ref next),
            Math.Round(services.Time.GetElapsedTime(started).TotalMilliseconds, 3));
        while (next < recipients.Count) services.Logger.AcceptedAlso(id, TakeLine(recipients, ref next));
    }

    /// <summary>Logs a reply that refuses a command.</summary>
    /// <param name="services">The log and its budget.</param>
    /// <param name="client">Who was refused.</param>
    /// <param name="session">In which session.</param>
    /// <param name="reply">What the client was told.</param>
    /// <param name="command">The command as it came, or what stands for it.</param>
    /// <param name="from">The reverse-path of the transaction; empty outside of one.</param>
    public static void LogRefusal(
        this SessionServices services, IPAddress client, string session, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> command, string from)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information) || !HasRoom(services)) return;
        var said = Encoding.UTF8.GetString(command[..Math.Min(command.Length, MaxCommand)]);
        services.Logger.Rejected(client, session, Encoding.ASCII.GetString(reply).TrimEnd(), said, from);
    }

    /// <summary>Logs recipients that get nothing, although their client was told that they were taken.</summary>
    public static void LogDiscarded(
        this SessionServices services, MessageId id, SessionMachine machine, IReadOnlyList<Mailbox> recipients, string check)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        for (var next = 0; next < recipients.Count;)
            services.Logger.Discarded(id, machine.ReversePath?.Address ?? "<>", machine.Client, TakeLine(recipients, ref next), check);
    }

    /// <summary>Logs a check that has given no verdict.</summary>
    public static void LogCheckFailed(this SessionServices services, IPAddress client, string session, string check, string reason)
    {
        if (HasRoom(services)) services.Logger.CheckFailed(check, client, session, reason);
    }

    private static string TakeLine(IReadOnlyList<Mailbox> recipients, ref int next)
    {
        if (recipients.Count == 1) return recipients[next++].Address;
        var line = new StringBuilder();
        for (; next < recipients.Count && (line.Length == 0 || line.Length + recipients[next].Address.Length < MaxLine); next++)
        {
            if (line.Length > 0) line.Append(',');
            line.Append(recipients[next].Address);
        }

        return line.ToString();
    }

    public static void LogTlsFailure(this SessionServices services, IPAddress client, string session, string reason)
    {
        if (services.Logger.IsEnabled(LogLevel.Information) && HasRoom(services)) services.Logger.TlsFailed(client, session, reason);
    }

    public static void LogProxyRefusal(this SessionServices services, IPAddress peer, string session, string reason)
    {
        if (services.RefusedProxies.TryTake(peer, out var left) && HasRoom(services))
            services.Logger.ProxyRefused(peer, session, reason, left);
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
