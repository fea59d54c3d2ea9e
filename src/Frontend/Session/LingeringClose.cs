using System.IO.Pipelines;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>Reads the rest of the input before a connection is closed. Called by the session's loop.</summary>
internal static class LingeringClose
{
    /// <summary>
    /// Reads and drops the received input, up to <see cref="FrontendLimits.LingerOctets"/>. Closing a connection with unread input
    /// resets it, and a reset may destroy the last reply before the client reads it.
    /// </summary>
    public static async ValueTask DrainAsync(PipeReader input)
    {
        for (var left = (long)FrontendLimits.LingerOctets; left > 0 && input.TryRead(out var read);)
        {
            left -= Math.Max(1, read.Buffer.Length);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled) return;
            // Lets the transport refill the pipe.
            await Task.Yield();
        }
    }
}
