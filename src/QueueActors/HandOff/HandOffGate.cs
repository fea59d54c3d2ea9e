namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// Where clients wait for a moment while more mail has been accepted than the queues have taken: they are slowed down to what the queues
/// take, instead of mail that is left to the sweeper and comes a minute later. Nobody waits for long, so that a client is accepted even
/// while all queues stand still. Thread-safe.
/// </summary>
internal sealed class HandOffGate(TimeProvider time)
{
    /// <summary>The longest that anybody waits: what it costs a client per message where queues are reached and yet take nothing.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private TaskCompletionSource? _opened;

    /// <summary>Whether those who come have to wait.</summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref _opened) is not null;
        set
        {
            if (value == IsClosed) return;
            if (value) Volatile.Write(ref _opened, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            else Interlocked.Exchange(ref _opened, null)?.TrySetResult();
        }
    }

    /// <summary>Returns once it is open, or after <see cref="Longest"/>.</summary>
    /// <exception cref="OperationCanceledException">The waiting was given up.</exception>
    public ValueTask PassAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _opened) is { } opened ? WaitAsync(opened.Task, cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask WaitAsync(Task opened, CancellationToken cancellationToken)
    {
        // That the time is over is no error.
        await opened.WaitAsync(Longest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
