namespace Postfleet.Frontend.Protocol;

/// <summary>Parses the times of RFC 3339 section 5.6, such as <c>2026-11-30T08:00:00+01:00</c>. Pure.</summary>
internal static class InternetTime
{
    private const int WithoutZone = 19;

    /// <summary>Parses a time; false for any other text.</summary>
    /// <param name="text">The text. The offset from UTC is required; digits of a second after the seventh are ignored.</param>
    /// <param name="time">The time in UTC. Times beyond the years 1 to 9999 become the nearest time within.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= WithoutZone || !HasSeparators(text)) return false;
        if (!TryRead(text[..4], out var year) || !TryRead(text[5..7], out var month) || !TryRead(text[8..10], out var day)) return false;
        if (!TryRead(text[11..13], out var hour) || !TryRead(text[14..16], out var minute) || !TryRead(text[17..19], out var second))
            return false;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year == 0 ? 4 : year, month)) return false;
        if (hour > 23 || minute > 59 || second > 60) return false;
        if (!TryReadFraction(text[WithoutZone..], out var fraction, out var zone) || !TryReadZone(zone, out var offset)) return false;
        // DateTime has no year 0; the time is long over in any case.
        var ticks = year == 0 ? 0 : new DateTime(year, month, day, hour, minute, 0).Ticks;
        ticks += second * TimeSpan.TicksPerSecond + fraction - offset;
        // A leap second is inserted at the end of a month in UTC (RFC 3339 appendix D). It counts as the first second of the next month.
        if (second == 60 && (ticks - fraction) is var end && (end <= 0 || end > DateTime.MaxValue.Ticks || !BeginsMonth(new(end))))
            return false;
        time = new DateTimeOffset(Math.Clamp(ticks, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero);
        return true;
    }

    private static bool BeginsMonth(DateTime time) => time.Day == 1 && time.TimeOfDay == TimeSpan.Zero;

    private static bool HasSeparators(ReadOnlySpan<byte> text) =>
        text[4] == '-' && text[7] == '-' && (text[10] | 0x20) == 't' && text[13] == ':' && text[16] == ':';

    private static bool TryReadFraction(ReadOnlySpan<byte> text, out long ticks, out ReadOnlySpan<byte> rest)
    {
        ticks = 0;
        rest = text;
        if (text[0] != '.') return true;
        var end = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (end <= 0) return false;
        var unit = TimeSpan.TicksPerSecond;
        foreach (var digit in text[1..(1 + end)])
        {
            unit /= 10;
            ticks += unit * (digit - '0');
        }

        rest = text[(1 + end)..];
        return true;
    }

    private static bool TryReadZone(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length == 1) return (text[0] | 0x20) == 'z';
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':') return false;
        if (!TryRead(text[1..3], out var hours) || !TryRead(text[4..6], out var minutes) || hours > 23 || minutes > 59) return false;
        ticks = (hours * 60 + minutes) * TimeSpan.TicksPerMinute * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            number = 10 * number + digit - '0';
        }

        return true;
    }
}
