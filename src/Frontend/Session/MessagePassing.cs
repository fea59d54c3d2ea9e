using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;

namespace Postfleet.Frontend.Session;

/// <summary>Passes a complete message on to the host behind the proxy. Called by the session's loop, which waits for the reply.</summary>
internal static class MessagePassing
{
    /// <summary>
    /// Passes a message on. When the host takes it, the message is the host's, and is not stored. When the host takes it for some
    /// recipients alone, as an LMTP host may, or cannot be reached and mail is then queued, or the mail has been moved meanwhile, the
    /// recipients of the transaction become those for which the message is to be stored.
    /// </summary>
    /// <param name="services">The services of sessions.</param>
    /// <param name="machine">The machine of the session.</param>
    /// <param name="message">The message.</param>
    /// <param name="passage">The way of the message.</param>
    /// <param name="spent">The time since the end of the content.</param>
    /// <returns>The reply to the client; null if the message is to be stored.</returns>
    public static async ValueTask<Reception?> PassAsync(
        this SessionServices services, SessionMachine machine, Submission message, Passage passage, TimeSpan spent)
    {
        var result = await services.Proxy!.SendAsync(message, spent);
        if (result.IsNotProxied)
        {
            FrontendMetrics.Passed("queued");
            return null;
        }

        var taken = result.Outcomes.Where(outcome => outcome.Reply.IsPositive).ToList();
        var left = result.Outcomes.Where(outcome => !outcome.Reply.IsPositive).ToList();
        if (taken.Count > 0)
        {
            services.LogPassed(machine, message.Content.Length, [.. taken.Select(one => one.Recipient)], result.RemoteHost, taken[0].Reply);
            FrontendMetrics.Passed("passed");
            if (left.Count == 0) return new Reception(ProxyReplies.Accepted(taken[0].Reply), ReceptionResult.Stored);
            // One reply cannot tell both: the queue tries again, or reports the failure.
            machine.Transaction.Keep([.. left.Select(outcome => outcome.Recipient)]);
            return null;
        }

        var isAway = left.TrueForAll(outcome => outcome is { IsOwn: true, Reply.IsTransient: true });
        // The host may have taken a message to whose end it has not replied: only the client knows whether to send it again.
        if (isAway && !result.IsUncertain && passage.Mode == ProxyMode.Queue)
        {
            FrontendMetrics.Passed("queued");
            return null;
        }

        var deciding = left.Find(outcome => !outcome.Reply.IsPermanent) is { Recipient: not null } later ? later : left[0];
        var verdict = deciding is { IsOwn: true, Reply.IsTransient: true } ? ProxyReplies.Away : ProxyReplies.VerdictOn(deciding.Reply);
        var isRefused = verdict.Kind == VerdictKind.Refuse;
        FrontendMetrics.Passed(isRefused ? "refused" : "deferred");
        return new Reception(verdict.Reply.ToArray(), isRefused ? ReceptionResult.Refused : ReceptionResult.Deferred);
    }
}
