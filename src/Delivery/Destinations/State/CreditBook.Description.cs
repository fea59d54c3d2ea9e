using Postfleet.Contracts.Stats;

namespace Postfleet.Delivery.Destinations.State;

/// <content>The queues for monitoring.</content>
internal sealed partial class CreditBook
{
    /// <summary>The queues with the most requests and jobs, the largest first.</summary>
    public IEnumerable<QueueAtDestination> Describe(int max) => _lines.Values
        .OrderByDescending(line => line.Wanted + line.Granted + line.Jobs).ThenBy(line => line.Key).Take(max)
        .Select(line => new QueueAtDestination(line.Key, line.Waiting.Count, line.Wanted, line.Granted));

    /// <summary>The streams of all queues with their weights, the largest first.</summary>
    public IEnumerable<StreamAtDestination> DescribeStreams(int max) => _lines.Values.GroupBy(line => line.Stream, StringComparer.Ordinal)
        .OrderByDescending(lines => lines.Sum(line => line.Wanted + line.Granted + line.Jobs)).ThenBy(lines => lines.Key).Take(max)
        .Select(lines => new StreamAtDestination(
            lines.Key, rules.Streams.WeightOf(lines.Key), lines.Count(), lines.Sum(line => line.Waiting.Count),
            lines.Sum(line => line.Wanted), lines.Sum(line => line.Granted)));
}
