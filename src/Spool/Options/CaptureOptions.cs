namespace Postfleet.Spool.Options;

/// <summary>What captured mail may take.</summary>
public sealed record CaptureOptions
{
    /// <summary>Most captured messages that are kept; the oldest go.</summary>
    public int MaxMessages { get; init; } = 1000;

    /// <summary>How long captured messages are kept.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);
}
