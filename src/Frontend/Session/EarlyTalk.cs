using System.IO.Pipelines;

namespace Postfleet.Frontend.Session;

/// <summary>Finds clients that talk before they are greeted, as programs do that only send spam: they do not listen to what they are told.</summary>
internal static class EarlyTalk
{
    /// <summary>Whether the client says anything, now or for as long as it must keep silent. What it says stays unread.</summary>
    public static async ValueTask<bool> IsHeardAsync(PipeReader input, TimeSpan delay, TimeProvider time, CancellationToken aborted) =>
        await LookAsync(input, delay, time, aborted) is { HasSpoken: true };

    /// <summary>Waits until the client says something, ends the connection or lets a time pass. What it says stays unread.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    public static async ValueTask<(bool HasSpoken, bool HasEnded)> LookAsync(PipeReader input, TimeSpan delay, TimeProvider time, CancellationToken aborted)
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
