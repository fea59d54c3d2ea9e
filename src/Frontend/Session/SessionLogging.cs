using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The log lines of sessions. Lines provoked by clients are limited by the log budgets. Called by sessions on any thread.
/// </summary>
internal static class SessionLogging
{
    // The log cuts a value at 1,000 characters, so the recipients of a message are divided between lines: each recipient can be found.
    private const int MaxLine = 900;

    // Longest part of a refused command in the log; enough for the longest path.
    private const int MaxCommand = 300;

    /// <summary>Logs the stored message of the session's transaction.</summary>
    public static void LogAccepted(this SessionServices services, SessionMachine machine, long size)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        var transaction = machine.Transaction;
        var recipients = transaction.Recipients;
        var next = 0;
        services.Logger.Accepted(
            transaction.Id, transaction.ReversePath?.Address
                ?? "<>", machine.Client, size, recipients.Count, NextLine(recipients, ref next),
            Math.Round(services.Time.GetElapsedTime(transaction.ContentBegan).TotalMilliseconds, 3), machine.AuthenticatedUser,
            transaction.Request?.Priority);
        while (next < recipients.Count) services.Logger.AcceptedAlso(transaction.Id, NextLine(recipients, ref next));
    }

    /// <summary>Logs a message that a host has taken before it was accepted here.</summary>
    public static void LogPassed(
        this SessionServices services, SessionMachine machine, long size, IReadOnlyList<Mailbox> recipients, string host, SmtpReply reply)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        var transaction = machine.Transaction;
        for (var next = 0; next < recipients.Count;)
        {
            services.Logger.Passed(
                transaction.Id, transaction.ReversePath?.Address ?? "<>", machine.Client, size, NextLine(recipients, ref next), host,
                reply.ToString(), Math.Round(services.Time.GetElapsedTime(transaction.ContentBegan).TotalMilliseconds, 3));
        }
    }

    /// <summary>Logs the refusal of a command.</summary>
    /// <param name="services">The log and its budgets.</param>
    /// <param name="client">The refused client.</param>
    /// <param name="session">The id of the session.</param>
    /// <param name="reply">The reply to the client.</param>
    /// <param name="command">The command as received, or a description of the refused input.</param>
    /// <param name="from">The reverse-path of the transaction; empty outside of a transaction.</param>
    /// <param name="message">The refused message; null for a command.</param>
    public static void LogRefusal(
        this SessionServices services, IPAddress client, string session, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> command, string from,
        MessageId? message = null)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information) || !HasBudget(services)) return;
        var shown = Encoding.UTF8.GetString(command[..Math.Min(command.Length, MaxCommand)]);
        services.Logger.Rejected(client, session, Encoding.ASCII.GetString(reply).TrimEnd(), shown, from, message?.ToString() ?? "");
    }

    /// <summary>Logs the discarded recipients of the session's transaction, whose message others get.</summary>
    public static void LogDiscarded(this SessionServices services, SessionMachine machine)
    {
        var transaction = machine.Transaction;
        if (transaction.Discarded is { } discarded) services.LogDiscarded(transaction.Id, machine, discarded, transaction.DiscardedBy!);
    }

    /// <summary>Logs accepted and discarded recipients.</summary>
    public static void LogDiscarded(
        this SessionServices services, MessageId id, SessionMachine machine, IReadOnlyList<Mailbox> recipients, string check)
    {
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        for (var next = 0; next < recipients.Count;)
            services.Logger.Discarded(id, machine.ReversePath?.Address ?? "<>", machine.Client, NextLine(recipients, ref next), check);
    }

    /// <summary>Logs a check without a verdict. In the data stage the line names the message.</summary>
    public static void LogCheckFailed(
        this SessionServices services, IPAddress client, string session, string check, string reason, MessageId? message)
    {
        if (HasBudget(services)) services.Logger.CheckFailed(check, message?.ToString() ?? "", client, session, reason);
    }

    private static string NextLine(IReadOnlyList<Mailbox> recipients, ref int next)
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
        if (services.Logger.IsEnabled(LogLevel.Information) && HasBudget(services)) services.Logger.TlsFailed(client, session, reason);
    }

    public static void LogProxyRefusal(this SessionServices services, IPAddress peer, string session, string reason)
    {
        if (services.ProxyRefusalBudget.TryTake(peer, out var leftOut) && HasBudget(services))
            services.Logger.ProxyRefused(peer, session, reason, leftOut);
    }

    public static void LogNotStored(this SessionServices services, MessageId id, IPAddress client, StoreStatus result)
    {
        if (HasBudget(services)) services.Logger.NotStored(id, client, result);
    }

    private static bool HasBudget(SessionServices services) => services.RefusalBudget.TryTake(services.Logger);
}
