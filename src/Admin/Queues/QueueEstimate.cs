using Postfleet.Core.Units;

namespace Postfleet.Admin.Queues;

/// <summary>Estimates when a queue is empty. Pure.</summary>
internal static class QueueEstimate
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>
    /// When the queue is empty if as many recipients leave it as in the last minute, or in the last hour if none did in the last minute.
    /// </summary>
    /// <returns>Null if none has left it in the last hour, or the counts are not known.</returns>
    public static DateTimeOffset? Of(QueueFacts facts, DateTimeOffset now)
    {
        if (facts.Description is not { } description || facts.Counts.Recipients == 0) return null;
        var counted = now - description.CountedSince;
        var minute = description.Delivered.Minute + description.Failed.Minute;
        var hour = description.Delivered.Hour + description.Failed.Hour;
        return minute > 0 ? At(minute, TimeSpan.FromMinutes(1)) : hour > 0 ? At(hour, TimeSpan.FromHours(1)) : null;

        DateTimeOffset? At(int left, TimeSpan window)
        {
            var time = (counted > TimeSpan.Zero && counted < window ? counted : window) * ((double)facts.Counts.Recipients / left);
            return time < Longest ? now + time : null;
        }
    }

    /// <summary>When the messages are sent at the rate of the site, if no other queue used it; null without a rate.</summary>
    public static DateTimeOffset? OfRate(QueueFacts facts, DateTimeOffset now) =>
        facts.Site is { } site && Rate.TryParse(site.MaxRate, out var rate) && !rate.IsNone ? now + rate.Interval * facts.Counts.Messages
            : null;
}
