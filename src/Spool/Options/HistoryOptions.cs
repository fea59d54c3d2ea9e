using Postfleet.Core.Units;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Options;

/// <summary>Section <c>History</c>: the events of messages, kept after the messages themselves.</summary>
public sealed record HistoryOptions
{
    /// <summary>The kept kinds of events.</summary>
    public HistoryKeep Keep { get; init; } = HistoryKeep.All;

    /// <summary>The time for which events are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The maximum space of events; the oldest are dropped.</summary>
    public ByteSize MaxSize { get; init; } = new(10_000_000_000);
}
