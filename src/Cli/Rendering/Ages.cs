using System.Globalization;

namespace Postfleet.Cli.Rendering;

/// <summary>Times and durations for people.</summary>
internal static class Ages
{
    /// <summary>A duration with at most two units, for example 12s, 5m, 3h12m, 4d.</summary>
    public static string Short(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 1 => "0s",
        < 60 => Invariant($"{duration.Seconds}s"),
        < 3600 => Invariant($"{duration.Minutes}m"),
        < 86400 => duration.Minutes == 0 ? Invariant($"{duration.Hours}h") : Invariant($"{duration.Hours}h{duration.Minutes}m"),
        _ => Invariant($"{(int)duration.TotalDays}d"),
    };

    /// <summary>A time seen from now: <c>5m ago</c> or <c>in 5m</c>.</summary>
    public static string Relative(DateTimeOffset time, DateTimeOffset now) =>
        time > now ? $"in {Short(time - now)}" : $"{Short(now - time)} ago";

    /// <summary>A time in UTC.</summary>
    public static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time of the API; null for other text.</summary>
    public static DateTimeOffset? Read(string? text) =>
        text is { Length: >= 20 } && char.IsAsciiDigit(text[0]) && text[10] == 'T'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
