using System.IO.Pipelines;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Detects clients sending before the greeting, a sign of spam software without regard to replies (as Postfix's postscreen). Called by
/// the session's loop.
/// </summary>
internal static class PregreetCheck
{
    /// <summary>
    /// Whether the client is refused because it sent input before the greeting. Trusted clients and proxies are only logged, since old
    /// programs and health checks of load balancers send early.
    /// </summary>
    public static async ValueTask<bool> IsRefusedAsync(
        SessionServices services, SessionMachine machine, PipeReader input, string session, bool mayTalkEarly, CancellationToken aborted)
    {
        var delay = services.Limits.GreetingDelay;
        if (mayTalkEarly)
        {
            if (await HasSpokenAsync(input, TimeSpan.Zero, services.Time, aborted)
                && services.PregreetBudget.TryTake(machine.Client, out _))
                services.Logger.EarlyTalk(machine.Client, session);
            return false;
        }

        // Without a delay the result would depend on the arrival time of the first packet.
        if (delay == TimeSpan.Zero || !await HasSpokenAsync(input, delay, services.Time, aborted)) return false;
        FrontendMetrics.Rejected(machine.Listener, Replies.EarlyTalker);
        services.LogRefusal(machine.Client, session, Replies.EarlyTalker, "before the greeting"u8, "");
        return true;
    }

    /// <summary>Whether input arrives within the delay. The input stays unread.</summary>
    public static async ValueTask<bool> HasSpokenAsync(PipeReader input, TimeSpan delay, TimeProvider time, CancellationToken aborted) =>
        await WaitForInputAsync(input, delay, time, aborted) is { HasSpoken: true };

    /// <summary>Waits until input arrives, the client ends the connection, or the delay is over. The input stays unread.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    public static async ValueTask<(bool HasSpoken, bool HasEnded)> WaitForInputAsync(
        PipeReader input, TimeSpan delay, TimeProvider time, CancellationToken aborted)
    {
        if (!input.TryRead(out var read))
        {
            if (delay == TimeSpan.Zero) return default;
            using var end = new CancellationTokenSource(delay, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, aborted);
            try
            {
                read = await input.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
            {
                return default;
            }
        }

        input.AdvanceTo(read.Buffer.Start);
        return (!read.Buffer.IsEmpty, read.IsCompleted);
    }
}
