namespace Postfleet.Frontend.Intake;

/// <summary>
/// The memory that messages may take while they are received, over all sessions. A session has its first block without asking, since connections are
/// limited; what it needs beyond is reserved once and whole, in the order of asking. A session that holds a reservation never waits for
/// another, so nobody waits for ever.
/// </summary>
internal sealed class BodyMemory
{
    /// <summary>Octets that every session may use without a reservation.</summary>
    public const int FreeBlock = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<(long Octets, TaskCompletionSource Granted)> _waiting = [];
    private readonly long _capacity;
    private long _free;

    public BodyMemory(long capacity) => (_capacity, _free) = (capacity, capacity);

    /// <summary>Waits until the octets are reserved. More than all there is counts as all.</summary>
    public async ValueTask<Reservation> ReserveAsync(long octets, CancellationToken cancellationToken)
    {
        octets = Math.Min(octets, _capacity);
        LinkedListNode<(long, TaskCompletionSource)> node;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _free >= octets)
            {
                _free -= octets;
                return new Reservation(this, octets);
            }

            node = _waiting.AddLast((octets, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(node, cancellationToken), null);
        await node.Value.Item2.Task;
        return new Reservation(this, octets);
    }

    private void GiveUp(LinkedListNode<(long Octets, TaskCompletionSource Granted)> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is null) return;
            _waiting.Remove(node);
            GrantWaiting();
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
    }

    private void Return(long octets)
    {
        lock (_lock)
        {
            _free += octets;
            GrantWaiting();
        }
    }

    private void GrantWaiting()
    {
        while (_waiting.First is { } first && first.Value.Octets <= _free)
        {
            _free -= first.Value.Octets;
            _waiting.RemoveFirst();
            first.Value.Granted.TrySetResult();
        }
    }

    /// <summary>Octets that are reserved until this is disposed.</summary>
    internal sealed class Reservation(BodyMemory memory, long octets) : IDisposable
    {
        private BodyMemory? _memory = memory;

        public void Dispose() => Interlocked.Exchange(ref _memory, null)?.Return(octets);
    }
}
