using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Postfleet.Tools.Loading;

/// <summary>Percentiles of times in milliseconds, by the nearest rank.</summary>
internal sealed record Percentiles
{
    [JsonPropertyName("p50")]
    public required double P50 { get; init; }

    [JsonPropertyName("p99")]
    public required double P99 { get; init; }

    [JsonPropertyName("p999")]
    public required double P999 { get; init; }

    [JsonPropertyName("max")]
    public required double Max { get; init; }

    /// <summary>The percentiles; null without times.</summary>
    /// <param name="ticks">Times in ticks of <see cref="Stopwatch"/>.</param>
    public static Percentiles? Of(IEnumerable<long> ticks)
    {
        var sorted = ticks.ToArray();
        if (sorted.Length == 0) return null;
        Array.Sort(sorted);
        double At(int perMille) =>
            Math.Round(Stopwatch.GetElapsedTime(0, sorted[(int)(((long)sorted.Length * perMille + 999) / 1000) - 1]).TotalMilliseconds, 2);
        return new()
        {
            P50 = At(500),
            P99 = At(990),
            P999 = At(999),
            Max = At(1000),
        };
    }
}
