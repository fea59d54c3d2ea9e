using System.Globalization;

namespace Postfleet.Delivery.Options;

/// <summary>
/// The hours of each day in which mail is sent, in a time zone, written <c>08:00-20:00 Europe/Berlin</c>. Hours over midnight are written
/// <c>20:00-06:00</c>. Immutable; pure.
/// </summary>
internal sealed record SendingHours
{
    private const string Form = "HH:mm";

    private readonly TimeOnly _from;
    private readonly TimeOnly _to;
    private readonly TimeZoneInfo _zone;

    private SendingHours(TimeOnly from, TimeOnly to, TimeZoneInfo zone) => (_from, _to, _zone) = (from, to, zone);

    /// <summary>
    /// Reads the text form; null for another text, for a zone that this machine does not know, and for hours without end.
    /// </summary>
    public static SendingHours? TryParse(string text)
    {
        var pieces = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (pieces.Length is 0 or > 2 || pieces[0].Split('-') is not [var first, var last]) return null;
        if (!Read(first, out var from) || !Read(last, out var to) || from == to) return null;
        return TimeZoneInfo.TryFindSystemTimeZoneById(pieces.Length == 2 ? pieces[1] : "UTC", out var zone)
            ? new SendingHours(from, to, zone) : null;
    }

    /// <summary>Whether mail is sent at a time.</summary>
    public bool AreOpen(DateTimeOffset now) => TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, _zone).DateTime).IsBetween(_from, _to);

    /// <summary>When the hours begin the next time, strictly after a time.</summary>
    public DateTimeOffset NextBegin(DateTimeOffset now) => Next(_from, now);

    /// <summary>When the hours end the next time, strictly after a time.</summary>
    public DateTimeOffset NextEnd(DateTimeOffset now) => Next(_to, now);

    /// <summary>The text form.</summary>
    public override string ToString()
    {
        var hours = string.Create(CultureInfo.InvariantCulture, $"{_from.ToString(Form, CultureInfo.InvariantCulture)}-")
            + _to.ToString(Form, CultureInfo.InvariantCulture);
        return $"{hours} {_zone.Id}";
    }

    private DateTimeOffset Next(TimeOnly time, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, _zone).DateTime);
        for (var i = 0; i < 3; i++)
        {
            var local = day.AddDays(i).ToDateTime(time);
            // A time that does not exist, when clocks are set forward, is taken an hour later.
            var at = new DateTimeOffset(local, _zone.GetUtcOffset(local)).ToUniversalTime();
            if (at > now) return at;
        }

        return now.AddDays(1);
    }

    private static bool Read(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
