
namespace Postfleet.Spool.Options;

/// <summary>Section <c>Capture</c>: the limits of captured mail.</summary>
public sealed record CaptureOptions
{
    /// <summary>The maximum number of captured messages; the oldest are deleted.</summary>
    public int MaxMessages { get; init; } = 1000;

    /// <summary>The time for which captured messages are kept.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);
}
