using System.Net;
using Postfleet.Frontend.Listening;

namespace Postfleet.Frontend.Intake;

/// <summary>
/// The memory that messages and envelopes may take while they are received, over all sessions. A session has its first block without
/// asking, since connections are limited; beyond it, it asks in steps that double, and waits in the order of asking. Room for one message
/// of the largest size is set apart for the first in line that cannot be served from the rest: it gets all it can ever need.
/// </summary>
/// <remarks>
/// Whenever a session waits, another one has the room that is set apart. That one waits for its client alone, which has a time-out, and
/// gives back all it holds when it ends; then the first in line is next. A client that is not trusted has a share for its address and a
/// share for its network: a session over its share waits without holding up those behind it. How long a session waits is the caller's to
/// bound. Thread-safe.
/// </remarks>
internal sealed class BodyMemory
{
    /// <summary>Octets that every session may use without a reservation.</summary>
    public const int FreeBlock = 64 * 1024;

    /// <summary>The first step beyond.</summary>
    public const int FirstStep = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<Request> _waiting = [];
    private readonly Shares _perAddress;
    private readonly Shares _perNetwork;
    private long _free;
    private bool _isSpareTaken;

    /// <param name="capacity">Octets in all. At least room for one message is there, whatever this says.</param>
    /// <param name="maxMessage">Octets of the largest message.</param>
    public BodyMemory(long capacity, long maxMessage)
    {
        _free = Math.Max(0, capacity - maxMessage);
        _perAddress = new Shares(Math.Max(maxMessage, capacity / FrontendLimits.AddressShare));
        _perNetwork = new Shares(Math.Max(maxMessage, capacity / FrontendLimits.NetworkShare));
    }

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
    /// <param name="limit">The most that the message may take, in octets.</param>
    /// <param name="client">The client whose share counts; null for a client that is trusted and has no share.</param>
    public Account Open(long limit, IPAddress? client = null) => new(this, limit, client is null ? default : ClientKeys.Of(client));

    /// <summary>Opens the account of one envelope, which never waits.</summary>
    /// <param name="client">The client whose share counts; null for a client that is trusted and has no share.</param>
    public Lease OpenLease(IPAddress? client) => new(this, client is null ? default : ClientKeys.Of(client));

    private bool TryTake(in ClientKeys keys, long octets)
    {
        lock (_lock)
        {
            if (octets > _free || !HasShare(keys, octets)) return false;
            _free -= octets;
            Charge(keys, octets);
            return true;
        }
    }

    private ValueTask TakeAsync(Account account, long step, CancellationToken cancellationToken)
    {
        var request = new Request(account, step, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (_waiting.Count == 0 && TryGrant(request)) return ValueTask.CompletedTask;
            _waiting.AddLast(request);
            // Those in front may all be over their shares.
            GrantWaiting();
            if (request.Granted.Task.IsCompleted) return ValueTask.CompletedTask;
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

    private void Return(in ClientKeys keys, long octets, long spare, bool isSpare)
    {
        lock (_lock)
        {
            _free += octets;
            if (isSpare) _isSpareTaken = false;
            Charge(keys, -octets - spare);
            GrantWaiting();
        }
    }

    private void GrantWaiting()
    {
        for (var node = _waiting.First; node is not null;)
        {
            var (request, next) = (node.Value, node.Next);
            if (TryGrant(request))
            {
                _waiting.Remove(node);
                request.Granted.TrySetResult();
            }
            else if (_isSpareTaken && HasShare(request.Account.Keys, request.Step))
            {
                // Only the room is missing: nobody overtakes this session.
                return;
            }

            node = next;
        }
    }

    private bool TryGrant(Request request)
    {
        var account = request.Account;
        if (request.Step <= _free && HasShare(account.Keys, request.Step))
        {
            _free -= request.Step;
            Charge(account.Keys, request.Step);
            account.Add(request.Step);
            return true;
        }

        var spare = account.Limit - account.Octets;
        if (_isSpareTaken || !HasShare(account.Keys, request.Step <= _free ? request.Step : spare)) return false;
        _isSpareTaken = true;
        Charge(account.Keys, spare);
        account.AddSpare(spare);
        return true;
    }

    private bool HasShare(in ClientKeys keys, long octets) =>
        _perAddress.Has(keys.Address, octets) && _perNetwork.Has(keys.Network, octets);

    private void Charge(in ClientKeys keys, long octets)
    {
        _perAddress.Charge(keys.Address, octets);
        _perNetwork.Charge(keys.Network, octets);
    }

    private sealed record Request(Account Account, long Step, TaskCompletionSource Granted);

    // What addresses or networks hold; those that hold nothing are not in it.
    private sealed class Shares(long most)
    {
        private readonly Dictionary<IPAddress, long> _held = [];

        public bool Has(IPAddress? key, long octets) => key is null || _held.GetValueOrDefault(key) + octets <= most;

        public void Charge(IPAddress? key, long octets)
        {
            if (key is null || octets == 0) return;
            var held = _held.GetValueOrDefault(key) + octets;
            if (held == 0) _held.Remove(key);
            else _held[key] = held;
        }
    }

    /// <summary>What one message may take. Used by one session; disposing gives everything back.</summary>
    internal sealed class Account(BodyMemory memory, long limit, ClientKeys keys) : IDisposable
    {
        private long _taken;
        private long _spare;
        private bool _hasSpare;

        /// <summary>The most that the message may take, in octets.</summary>
        public long Limit => limit;

        /// <summary>Whose share counts.</summary>
        public ClientKeys Keys => keys;

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
            if (_taken > 0 || _hasSpare) memory.Return(keys, _taken, _spare, _hasSpare);
            (_taken, _spare, _hasSpare) = (0, 0, false);
        }

        internal void Add(long step) => _taken += step;

        internal void AddSpare(long octets) => (_hasSpare, _spare) = (true, octets);
    }

    /// <summary>
    /// What one envelope takes. It never waits: a client can be told at once that there is no room for another recipient. Used by one
    /// session.
    /// </summary>
    internal sealed class Lease(BodyMemory memory, ClientKeys keys) : IDisposable
    {
        private const int FreeEnvelope = 16 * 1024;
        private const int Step = 64 * 1024;

        private long _needed;
        private long _taken;

        /// <summary>Takes so many octets more, beyond the first block, which is free.</summary>
        /// <returns>False when there is no room for them; then nothing is taken.</returns>
        public bool TryTake(long octets)
        {
            var missing = _needed + octets - FreeEnvelope - _taken;
            if (missing > 0)
            {
                var step = Math.Max(Step, missing);
                if (!memory.TryTake(keys, step)) return false;
                _taken += step;
            }

            _needed += octets;
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_taken > 0) memory.Return(keys, _taken, 0, isSpare: false);
            (_needed, _taken) = (0, 0);
        }
    }
}
