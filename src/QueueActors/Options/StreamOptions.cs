using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Options;

/// <summary>
/// An entry of section <c>Streams</c>: the weight and the times of a class of mail. Times that are null are those of the domain, or of
/// section <c>Queues</c>.
/// </summary>
public sealed record StreamOptions
{
    /// <summary>The name of the stream.</summary>
    public string Name { get; init; } = "";

    /// <summary>The stream's share of a destination, in proportion to the weights of the other streams with mail for it.</summary>
    public int Weight { get; init; } = StreamSet.DefaultWeight;

    /// <summary>The pause after the first temporary failure.</summary>
    public TimeSpan? FirstRetry { get; init; }

    /// <summary>The longest pause between attempts.</summary>
    public TimeSpan? MaxRetry { get; init; }

    /// <summary>The time for which a message is tried.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>The time after which the sender gets a delay report.</summary>
    public TimeSpan? DelayWarning { get; init; }

    /// <summary>The names and weights of all entries.</summary>
    public static StreamSet SetOf(IEnumerable<StreamOptions> streams) => new(streams.Select(stream => (stream.Name, stream.Weight)));
}
