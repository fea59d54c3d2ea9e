using System.IO.Pipelines;
using System.Net;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Finds clients that talk before they are greeted, as programs do that only send spam: they do not listen to what they are told.
/// </summary>
internal static class PregreetCheck
{
    /// <summary>
    /// Whether the client is told to go, since it has spoken before it was greeted. A trusted one is taken all the same: old programs and
    /// balancers' checks do so.
    /// </summary>
    public static async ValueTask<bool> IsRefusedAsync(
        SessionServices services, PipeReader input, IPAddress client, string session, bool mayTalk, CancellationToken aborted)
    {
        var delay = services.Limits.GreetingDelay;
        if (mayTalk)
        {
            if (await IsHeardAsync(input, TimeSpan.Zero, services.Time, aborted) && services.EarlyTalkers.IsNew(client))
                services.Logger.PregreetCheck(client, session);
            return false;
        }

        // Without a delay it would be chance whether the first packet is seen in time.
        if (delay == TimeSpan.Zero || !await IsHeardAsync(input, delay, services.Time, aborted)) return false;
        services.LogRefusal(client, session, Replies.EarlyTalker, "before the greeting"u8, "");
        return true;
    }

    /// <summary>Whether the client says anything, now or for as long as it must keep silent. What it says stays unread.</summary>
    public static async ValueTask<bool> IsHeardAsync(PipeReader input, TimeSpan delay, TimeProvider time, CancellationToken aborted) =>
        await LookAsync(input, delay, time, aborted) is { HasSpoken: true };

    /// <summary>Waits until the client says something, ends the connection or lets a time pass. What it says stays unread.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    public static async ValueTask<(bool HasSpoken, bool HasEnded)> LookAsync(
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
