namespace Postfleet.Kubernetes.Tests.Rendering;

/// <summary>Durations as configurations and compose files write them.</summary>
internal static class Duration
{
    /// <summary>The seconds of a duration such as <c>90s</c> or <c>1m</c>.</summary>
    public static int Seconds(string duration) =>
        int.Parse(duration[..^1], System.Globalization.CultureInfo.InvariantCulture) * duration[^1] switch
        {
            's' => 1,
            'm' => 60,
            _ => throw new ArgumentException($"'{duration}' has another unit", nameof(duration)),
        };
}
