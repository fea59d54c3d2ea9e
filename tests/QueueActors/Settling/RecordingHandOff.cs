using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>Records the parts handed off.</summary>
internal sealed class RecordingHandOff : IHandOff
{
    private readonly Lock _gate = new();
    private readonly List<PendingPart> _parts = [];

    public IReadOnlyList<PendingPart> Parts
    {
        get
        {
            lock (_gate) return [.. _parts];
        }
    }

    public void Offer(ReadOnlySpan<PendingPart> parts)
    {
        lock (_gate) _parts.AddRange(parts);
    }

    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("a report waits for no room");
}
