using System.Globalization;

namespace Postfleet.Core.Units;

/// <summary>
/// How many of something in a time, written <c>50/s</c>, <c>1000/m</c> or <c>20000/h</c>; empty text stands for no limit, as the default
/// value does.
/// </summary>
public readonly record struct Rate
{
    /// <summary>The maximum rate per second. It keeps arithmetic in ticks within 64 bits.</summary>
    public const int MaxPerSecond = 100_000;

    private static readonly (string Unit, TimeSpan Length)[] Units =
        [("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1))];

    private Rate(long count, TimeSpan period) => (Count, Period) = (count, period);

    /// <summary>No limit.</summary>
    public static Rate None { get; }

    /// <summary>How many in a <see cref="Period"/>; 1 or more, and 0 when there is no limit.</summary>
    public long Count { get; }

    /// <summary>A second, a minute, an hour or a day; zero when there is no limit.</summary>
    public TimeSpan Period { get; }

    /// <summary>Whether there is no limit.</summary>
    public bool IsNone => Count == 0;

    /// <summary>The rate with another count in the same period.</summary>
    /// <param name="count">The count; 1 or more.</param>
    public Rate WithCount(long count) => new(count, Period);

    /// <summary>The time per unit; zero without a limit.</summary>
    public TimeSpan Interval => IsNone ? TimeSpan.Zero : new TimeSpan((Period.Ticks + Count - 1) / Count);

    /// <summary>The whole number of units in a time.</summary>
    public long In(TimeSpan time) => IsNone ? long.MaxValue : (long)((Int128)Count * time.Ticks / Period.Ticks);

    /// <summary>
    /// Reads the text form with a second, a minute or an hour; units in either case. The unit is kept: <c>60/m</c> stays <c>60/m</c>.
    /// </summary>
    public static bool TryParse(string? text, out Rate rate) =>
        TryParseAny(text, out rate) && (rate.Period < TimeSpan.FromDays(1) || Clear(out rate));

    /// <summary>Reads the text form, also with a day: <c>5000/d</c>.</summary>
    public static bool TryParseAny(string? text, out Rate rate)
    {
        rate = default;
        var trimmed = text?.Trim() ?? "";
        if (trimmed.Length == 0) return true;
        var slash = trimmed.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return false;
        var (unit, period) = Array.Find(Units, u => trimmed.AsSpan(slash + 1).Trim().Equals(u.Unit, StringComparison.OrdinalIgnoreCase));
        if (unit is null) return false;
        if (!long.TryParse(trimmed.AsSpan(0, slash).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        if (count < 1 || count > MaxPerSecond * (long)period.TotalSeconds) return false;
        rate = new Rate(count, period);
        return true;
    }

    private static bool Clear(out Rate rate)
    {
        rate = default;
        return false;
    }

    /// <summary>The text form; empty when there is no limit.</summary>
    public override string ToString()
    {
        var period = Period;
        return IsNone ? "" : string.Create(CultureInfo.InvariantCulture, $"{Count}/{Array.Find(Units, u => u.Length == period).Unit}");
    }
}
