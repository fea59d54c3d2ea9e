using Postfleet.Admin.Api;
using Postfleet.Admin.Messages;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin.Queues;

/// <summary>Maps the reports of nodes about their queues to the answers of the API. Pure.</summary>
internal static class QueueViews
{
    public static QueueTotalsView View(this QueueTotals totals) =>
        new(totals.Messages, totals.Recipients, totals.Due, totals.Deferred, totals.InFlight, totals.Held);

    public static ThroughputView View(this RecentFlow flow) => new(
        (double)flow.Accepted / RecentRate.Seconds, (double)flow.Delivered / RecentRate.Seconds,
        (double)flow.Deferred / RecentRate.Seconds);

    public static QueueView View(this QueueStatistics report, string node) => new(
        report.Queue.Value, report.Counts.Messages, report.Counts.Recipients, report.Counts.Due, report.Counts.Deferred,
        report.Counts.InFlight, report.Counts.Held, report.Counts.OldestAcceptedAt, report.Counts.NextDue, report.Counts.LastReply,
        report.Counts.Destination, node);
}
