namespace Postfleet.Core.Concurrency;

/// <summary>The owner's decision on a waiting request.</summary>
public enum Grant
{
    /// <summary>The owner has granted the request and has changed its state accordingly.</summary>
    Granted,

    /// <summary>The request must wait, and all later requests with it.</summary>
    Blocked,

    /// <summary>The request must wait, and later requests may overtake it.</summary>
    Skipped,
}

/// <summary>
/// Requests waiting for a shared resource, first come first served: the queue of a weighted semaphore. The owner keeps the state of the
/// resource under <paramref name="sync"/> and decides on requests; the queue owns order, waiting and cancellation. Thread-safe.
/// </summary>
/// <typeparam name="T">A request.</typeparam>
/// <param name="sync">The lock guarding the owner's state and the queue.</param>
/// <param name="decide">Decides on a request. Called with the lock held; must neither block nor throw.</param>
public sealed class GrantQueue<T>(Lock sync, Func<T, Grant> decide)
{
    private readonly LinkedList<Waiter> _waiters = [];

    /// <summary>Number of waiting requests.</summary>
    public int Count
    {
        get { lock (sync) return _waiters.Count; }
    }

    /// <summary>Waits until the request is granted. An immediate grant to an empty queue allocates nothing.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Withdraws the request, unless it has been granted.</param>
    /// <exception cref="OperationCanceledException">The request was withdrawn; nothing was granted.</exception>
    public ValueTask WaitAsync(T request, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (sync)
        {
            if (_waiters.Count == 0 && decide(request) == Grant.Granted) return ValueTask.CompletedTask;
            node = _waiters.AddLast(new Waiter(request));
            // The earlier requests may all be of an overtakable kind.
            GrantWaiting();
            if (node.List is null) return ValueTask.CompletedTask;
        }

        return WaitAsync(node, cancellationToken);
    }

    /// <summary>
    /// Decides on the waiting requests in order. The owner calls it after releasing some of the resource, with the lock held.
    /// </summary>
    public void GrantWaiting()
    {
        for (var node = _waiters.First; node is not null;)
        {
            var next = node.Next;
            var grant = decide(node.Value.Request);
            if (grant == Grant.Blocked) return;
            if (grant == Grant.Granted)
            {
                _waiters.Remove(node);
                node.Value.Granted.TrySetResult();
            }

            node = next;
        }
    }

    private async ValueTask WaitAsync(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => Withdraw(node, cancellationToken), null);
        await node.Value.Granted.Task;
    }

    private void Withdraw(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (sync)
        {
            // Outside of the list the request has been granted, and the caller owns the grant.
            if (node.List is null) return;
            _waiters.Remove(node);
            GrantWaiting();
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
    }

    private sealed record Waiter(T Request)
    {
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
