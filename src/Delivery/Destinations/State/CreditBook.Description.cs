using Postfleet.Contracts.Stats;

namespace Postfleet.Delivery.Destinations.State;

/// <content>The queues for monitoring.</content>
internal sealed partial class CreditBook
{
    /// <summary>The queues with the most requests and jobs, the largest first.</summary>
    public IEnumerable<QueueAtDestination> Describe(int max) => _lines.Values
        .OrderByDescending(line => line.Wanted + line.Granted + line.Jobs).ThenBy(line => line.Key).Take(max)
        .Select(line => new QueueAtDestination(line.Key, line.Waiting.Count, line.Wanted, line.Granted));
}
