namespace Postfleet.Frontend.Intake;

/// <summary>
/// The memory that messages may take while they are received, over all sessions. A session has its first block without asking, since connections are
/// limited; beyond it, it asks in steps that double, and waits in the order of asking. Room for one message of the largest size is
/// set apart for the first in line that cannot be served from the rest: it gets all it can ever need.
/// </summary>
/// <remarks>
/// So nobody waits for ever, although sessions wait while they hold memory: whenever one waits, one has the room that is set apart. That one waits for
/// its client alone, which has a time-out, and gives back all it holds when it ends; then the first in line is next.
/// </remarks>
internal sealed class BodyMemory
{
    /// <summary>Octets that every session may use without a reservation.</summary>
    public const int FreeBlock = 64 * 1024;

    /// <summary>The first step beyond.</summary>
    public const int FirstStep = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<Request> _waiting = [];
    private long _free;
    private bool _isSpareTaken;

    /// <param name="capacity">Octets in all. At least room for one message is there, whatever this says.</param>
    /// <param name="maxMessage">Octets of the largest message.</param>
    public BodyMemory(long capacity, long maxMessage) => _free = Math.Max(0, capacity - maxMessage);

    /// <summary>Octets that can be had without waiting, beside the room that is set apart.</summary>
    public long Free
    {
        get { lock (_lock) return _free; }
    }

    /// <summary>Sessions that wait.</summary>
    public int Waiting
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>Opens the account of one message that may need so many octets.</summary>
    public Account Open(long limit) => new(this, limit);

    private ValueTask TakeAsync(Account account, long step, CancellationToken cancellationToken)
    {
        var request = new Request(account, step, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (_waiting.Count == 0 && TryGrant(request)) return ValueTask.CompletedTask;
            _waiting.AddLast(request);
        }

        return WaitAsync(request, cancellationToken);
    }

    private async ValueTask WaitAsync(Request request, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(request, cancellationToken), null);
        await request.Granted.Task;
    }

    private void GiveUp(Request request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(request)) return;
            GrantWaiting();
        }

        request.Granted.TrySetCanceled(cancellationToken);
    }

    private void Return(long octets, bool isSpare)
    {
        lock (_lock)
        {
            _free += octets;
            if (isSpare) _isSpareTaken = false;
            GrantWaiting();
        }
    }

    private void GrantWaiting()
    {
        while (_waiting.First is { } first && TryGrant(first.Value))
        {
            _waiting.RemoveFirst();
            first.Value.Granted.TrySetResult();
        }
    }

    private bool TryGrant(Request request)
    {
        if (request.Step <= _free)
        {
            _free -= request.Step;
            request.Account.Add(request.Step);
            return true;
        }

        if (_isSpareTaken) return false;
        _isSpareTaken = true;
        request.Account.AddSpare();
        return true;
    }

    private sealed record Request(Account Account, long Step, TaskCompletionSource Granted);

    /// <summary>What one message may take. Used by one session; disposing gives everything back.</summary>
    internal sealed class Account(BodyMemory memory, long limit) : IDisposable
    {
        private long _taken;
        private bool _hasSpare;

        /// <summary>Octets that the message may take now; its limit at most.</summary>
        public long Octets => _hasSpare ? limit : Math.Min(limit, FreeBlock + _taken);

        /// <summary>Waits until the message may take more, unless it has its limit.</summary>
        public ValueTask GrowAsync(CancellationToken cancellationToken)
        {
            var step = Math.Min(limit - Octets, Math.Max(FirstStep, _taken));
            return step == 0 ? ValueTask.CompletedTask : memory.TakeAsync(this, step, cancellationToken);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_taken > 0 || _hasSpare) memory.Return(_taken, _hasSpare);
            (_taken, _hasSpare) = (0, false);
        }

        internal void Add(long step) => _taken += step;

        internal void AddSpare() => _hasSpare = true;
    }
}
