using System.Collections.Concurrent;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Keeps what was offered, call by call.</summary>
internal sealed class RecordingHandOff : IHandOff
{
    private readonly ConcurrentQueue<PendingPart[]> _offers = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<PendingPart[]> Offers => [.. _offers];

    public void Offer(ReadOnlySpan<PendingPart> parts) => _offers.Enqueue(parts.ToArray());

    /// <summary>What a session waits for before it asks for content; done where a test says nothing.</summary>
    public Task Room { get; set; } = Task.CompletedTask;

    /// <summary>Done when the first session asks.</summary>
    public Task Asked => _asked.Task;

    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return new(Room.WaitAsync(cancellationToken));
    }
}
