using Postfleet.Contracts.Stats;

namespace Postfleet.QueueActors.State;

/// <content>Describes the queue for monitoring. It changes nothing, and may show a batch whose events are not durable yet.</content>
internal sealed partial class QueueMachine
{
    private RecentOutcomes? _recent;
    private DateTimeOffset _startedAt;

    /// <summary>Describes the queue.</summary>
    /// <param name="ask">What is to be described.</param>
    /// <param name="now">The current time.</param>
    public QueueDescription Describe(DescribeQueue ask, DateTimeOffset now)
    {
        var (delivered, deferred, failed) = _recent?.Read(now) ?? default;
        var entries = ask.Message is { } message
            ? _state.Find(message) is { } entry ? [entry] : []
            : _dispatcher.Next(Math.Clamp(ask.MaxMessages, 0, QueueDescription.MaxMessages));
        return _dispatcher.Describe(
            new QueueDescription(ask.Queue)
            {
                CountedSince = _startedAt,
                Delivered = delivered,
                Deferred = deferred,
                Failed = failed,
                Messages = [.. entries.Select(each => _dispatcher.Describe(each, now))],
            },
            now);
    }
}
