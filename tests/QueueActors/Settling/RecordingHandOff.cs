using Postfleet.Contracts.Queueing;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>Keeps what is handed off.</summary>
internal sealed class RecordingHandOff : IHandOff
{
    private readonly Lock _gate = new();
    private readonly List<HandOffPart> _parts = [];

    public IReadOnlyList<HandOffPart> Parts
    {
        get
        {
            lock (_gate) return [.. _parts];
        }
    }

    public void Offer(ReadOnlySpan<HandOffPart> parts)
    {
        lock (_gate) _parts.AddRange(parts);
    }

    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("a report waits for no room");
}
