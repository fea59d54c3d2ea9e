using System.Globalization;
using System.Text.RegularExpressions;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Core.Mail;

namespace Postfleet.Admin.Injection;

/// <summary>Reads the times of a request. Each fault is a problem that names its place. Pure.</summary>
/// <param name="settings">The settings.</param>
/// <param name="now">The time by the clock on the wall, as the client knows it.</param>
internal sealed partial class InjectionTimes(AdminSettings settings, DateTimeOffset now)
{
    /// <summary>
    /// The time that a message waits for its first attempt, in seconds. A part of a second counts as a second: no attempt is made too
    /// early.
    /// </summary>
    public int SendAfter(string text)
    {
        var wait = Read("sendAt", text) - now;
        if (wait > settings.MaxSendAfter)
            throw JsonBody.Wrong("sendAt", text, $"at most {settings.MaxSendAfter.TotalHours:0.##} hours ahead, the queue lifetime");
        return (int)Math.Max(0, Math.Ceiling(wait.TotalSeconds));
    }

    /// <summary>The time for the delivery. A part of a second does not count: no hop adds time (RFC 2852 section 4).</summary>
    public DeliverByRequest DeliverBy(DeliverByBody body)
    {
        var mode = body.Mode switch
        {
            "return" => DeliverByMode.Return,
            "notify" => DeliverByMode.Notify,
            _ => throw JsonBody.Wrong("deliverBy.mode", JsonBody.Cut(body.Mode), "return or notify"),
        };
        var least = mode == DeliverByMode.Return ? 1 : -DeliverByRequest.MaxSeconds;
        switch (body)
        {
            case { Seconds: { } seconds, Time: null }:
                if (seconds < least || seconds > DeliverByRequest.MaxSeconds)
                {
                    throw JsonBody.Wrong(
                        "deliverBy.seconds", seconds.ToString(CultureInfo.InvariantCulture),
                        $"{least} to {DeliverByRequest.MaxSeconds} with mode {body.Mode}");
                }

                return new(seconds, mode, body.Trace);
            case { Seconds: null, Time: { } text }:
                var left = Math.Floor((Read("deliverBy.time", text) - now).TotalSeconds);
                if (left < least || left > DeliverByRequest.MaxSeconds)
                {
                    throw JsonBody.Wrong(
                        "deliverBy.time", text, $"{least} to {DeliverByRequest.MaxSeconds} seconds ahead with mode {body.Mode}");
                }

                return new((int)left, mode, body.Trace);
            default:
                throw JsonBody.Wrong("deliverBy has both seconds and time, or none of them; allowed: one of them");
        }
    }

    private static DateTimeOffset Read(string path, string text) =>
        Time().IsMatch(text) && QueryReader.TryReadTime(text.ToUpperInvariant(), out var time) ? time
            : throw JsonBody.Wrong(
                path, JsonBody.Cut(text), "a time with an offset, as in 2026-11-29T18:00:00Z or 2026-11-29T19:00:00+01:00");

    // RFC 3339 section 5.6.
    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex Time();
}
