using System.Collections.Concurrent;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Takes the messages of sessions. A test can hold commits back, and chooses their result. Thread-safe.</summary>
internal sealed class FakeSubmission : ISubmission
{
    private readonly ConcurrentQueue<Submission> _stored = new();
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _gate;

    /// <summary>The result of each submission.</summary>
    public StoreResult Result { get; set; } = StoreResult.Stored;

    /// <summary>The committed messages, in order.</summary>
    public IReadOnlyList<Submission> Stored => [.. _stored];

    /// <summary>Completes when a message waits for its commit.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>The wait of a session before it asks for content; over at once unless a test sets another task.</summary>
    public Task Capacity { get; set; } = Task.CompletedTask;

    /// <summary>Completes when the first session waits for capacity.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Holds commits back until <see cref="Release"/>.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets commits go on.</summary>
    public void Release() => _gate!.TrySetResult();

    /// <inheritdoc/>
    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return new(Capacity.WaitAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (_gate is { } gate)
        {
            _arrived.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
        }

        if (Result.Status == StoreStatus.Stored) _stored.Enqueue(submission);
        return Result;
    }
}
