namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// The gate at which clients wait for a moment while more mail was accepted than the queues have accepted. It slows clients down to the
/// speed of the queues; otherwise mail would be left to the sweeper and arrive a minute later. The wait is short: mail is accepted even
/// while all queues stand still. Opened and closed by <see cref="HandOffActor"/>. Thread-safe.
/// </summary>
internal sealed class HandOffGate(TimeProvider time)
{
    /// <summary>The longest wait of a client for each message, where queue nodes can be reached and accept nothing.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private TaskCompletionSource? _opened;

    /// <summary>Whether clients have to wait.</summary>
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

    /// <summary>Returns once the gate is open, or after <see cref="Longest"/>.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask PassAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _opened) is { } opened ? WaitAsync(opened.Task, cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask WaitAsync(Task opened, CancellationToken cancellationToken)
    {
        // The end of the time is no error.
        await opened.WaitAsync(Longest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
