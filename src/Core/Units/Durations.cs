using System.Globalization;

namespace Postfleet.Core.Units;

/// <summary>Durations as configuration writes them: <c>250ms</c>, <c>30s</c>, <c>5m</c>, <c>4h</c>, <c>5d</c>.</summary>
public static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)),
    ];

    /// <summary>The maximum duration: ten years.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(3650);

    /// <summary>Reads a whole number with its unit.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        var trimmed = text?.Trim() ?? "";
        var (unit, length) = Array.Find(Units, u => trimmed.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        if (unit is null) return false;
        if (!long.TryParse(
            trimmed.AsSpan(0, trimmed.Length - unit.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        if (number > Max.Ticks / length.Ticks) return false;
        duration = length * number;
        return true;
    }

    /// <summary>Writes a duration in the largest exact unit; fractions of a millisecond are dropped.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration.Ticks == 0) return "0s";
        (string Unit, TimeSpan Length)[] descending = [Units[1], Units[2], Units[3], Units[4], Units[0]];
        var (unit, length) = Array.Find(descending, u => duration.Ticks % u.Length.Ticks == 0);
        return unit is null
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalMilliseconds}ms")
            : string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
    }
}
