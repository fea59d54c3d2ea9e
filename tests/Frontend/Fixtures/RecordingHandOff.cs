using System.Collections.Concurrent;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>A hand-off that records the offered parts, call by call.</summary>
internal sealed class RecordingHandOff : IHandOff
{
    private readonly ConcurrentQueue<PendingPart[]> _offers = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<PendingPart[]> Offers => [.. _offers];

    public void Offer(ReadOnlySpan<PendingPart> parts) => _offers.Enqueue(parts.ToArray());

    /// <summary>The capacity that a session waits for before content; completed by default.</summary>
    public Task Room { get; set; } = Task.CompletedTask;

    /// <summary>Completes when the first session waits for capacity.</summary>
    public Task Asked => _asked.Task;

    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return new(Room.WaitAsync(cancellationToken));
    }
}
