using System.IO.Pipelines;

namespace Postfleet.Frontend.Session;

/// <summary>The end of a connection.</summary>
internal static class Closing
{
    /// <summary>
    /// Reads what is here already: a connection that is closed with unread input is reset, and the client loses the last reply with it. A
    /// client that goes on sending is left.
    /// </summary>
    public static async ValueTask DrainAsync(PipeReader input)
    {
        for (var left = (long)FrontendLimits.DrainAtEnd; left > 0 && input.TryRead(out var read);)
        {
            left -= Math.Max(1, read.Buffer.Length);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled) return;
            // The transport fills the room that was made.
            await Task.Yield();
        }
    }
}
