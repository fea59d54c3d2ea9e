using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>The time limits of a session: of its next command, and of the session as a whole. Used by the session's loop alone.</summary>
/// <param name="services">The limits and the clock.</param>
/// <param name="deadline">The deadline of the client's next input.</param>
internal sealed class SessionTimes(SessionServices services, Deadline deadline)
{
    private readonly long _started = services.Time.GetTimestamp();

    /// <summary>The last reply of a session that ends for a time limit, or since the server stops.</summary>
    public byte[] EndReply =>
        !deadline.HasPassed ? Replies.ShuttingDown : Left > TimeSpan.Zero ? Replies.Timeout : Replies.SessionTooLong;

    // The rest of the session's total time.
    private TimeSpan Left => services.Limits.SessionTimeout - services.Time.GetElapsedTime(_started);

    /// <summary>Sets the deadline of the next command.</summary>
    /// <param name="message">The time that a message in chunks has left, whose memory is held also during other commands; null for
    /// none.</param>
    /// <param name="isUnderStress">Whether the limits of stress mode apply.</param>
    /// <param name="isStopping">Whether the server stops.</param>
    public void StartCommand(TimeSpan? message, bool isUnderStress, bool isStopping)
    {
        var timeout = message ?? services.Limits.CommandTimeout;
        if (isUnderStress && timeout > FrontendLimits.StressTimeout) timeout = FrontendLimits.StressTimeout;
        if (isStopping && timeout > FrontendLimits.StopTimeout) timeout = FrontendLimits.StopTimeout;
        if (timeout > Left) timeout = Left;
        deadline.Start(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
    }
}
