namespace Postfleet.Core.Mail;

/// <summary>
/// What happens to a message that is not delivered in the time that its sender allows (RFC 2852). The numbers are stored.
/// </summary>
public enum DeliverByMode
{
    /// <summary>The sender has set no time.</summary>
    None = 0,

    /// <summary>The message is returned, and no attempt begins afterwards (by-mode R).</summary>
    Return = 1,

    /// <summary>The sender is told of the delay, and delivery goes on (by-mode N).</summary>
    Notify = 2,
}

/// <summary>The time that the sender of a message allows for its delivery (RFC 2852).</summary>
/// <param name="Within">The time in seconds after the acceptance of the message; with <see cref="DeliverByMode.Notify"/> it may be
/// over before, and negative.</param>
/// <param name="Mode">What happens afterwards; not <see cref="DeliverByMode.None"/>.</param>
/// <param name="IsTraced">Whether the sender is told when the message is passed on to another mail system (by-trace T).</param>
public sealed record DeliverByRequest(int Within, DeliverByMode Mode, bool IsTraced)
{
    /// <summary>The greatest time, and its opposite the smallest, in seconds (section 4).</summary>
    public const int MaxSeconds = 999_999_999;

    /// <summary>The end of the allowed time.</summary>
    /// <param name="acceptedAt">When the message was accepted.</param>
    public DateTimeOffset At(DateTimeOffset acceptedAt) => acceptedAt.AddSeconds(Within);

    /// <summary>The same request some time later. A part of a second counts as a second: no hop adds time.</summary>
    /// <param name="elapsed">The time that has passed, not negative.</param>
    public DeliverByRequest After(TimeSpan elapsed) =>
        this with { Within = (int)Math.Max(-MaxSeconds, Within - Math.Ceiling(elapsed.TotalSeconds)) };
}

/// <summary>The priorities of messages (RFC 6710).</summary>
public static class MessagePriority
{
    /// <summary>The highest priority.</summary>
    public const int Max = 9;

    /// <summary>The lowest priority.</summary>
    public const int Min = -9;
}
