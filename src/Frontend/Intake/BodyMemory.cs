using System.Net;
using Postfleet.Core.Concurrency;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Intake;

/// <summary>
/// Bounds the memory for messages and envelopes in reception, over all sessions. Each message has a first block without a
/// reservation, since the number of connections is limited. Beyond the block a message reserves doubling steps, and waits in order of
/// arrival. Memory for a message of the largest size, the spare, is reserved for the first waiting message without enough other memory: the
/// message gets its limit at once. Used by all sessions; thread-safe.
/// </summary>
/// <remarks>
/// No deadlock: whenever a message waits, another message has the spare and waits only for its client, which has a time limit,
/// and returns its memory at its end; then the next waiting message gets the spare. An untrusted client has a share for its address and a
/// share for its network: a message over its share waits without blocking later messages. The caller bounds the time of the wait.
/// </remarks>
internal sealed class BodyMemory
{
    /// <summary>Octets of a message for which no reservation is needed.</summary>
    public const int FreeBlock = 64 * 1024;

    /// <summary>Octets of the first reservation.</summary>
    public const int FirstStep = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly GrantQueue<Request> _waiting;
    private readonly Shares _perAddress;
    private readonly Shares _perNetwork;
    private long _free;
    private bool _isSpareTaken;

    /// <param name="capacity">Octets in total; at least the spare is there.</param>
    /// <param name="maxMessage">Octets of the largest message, the size of the spare.</param>
    public BodyMemory(long capacity, long maxMessage)
    {
        _waiting = new GrantQueue<Request>(_lock, Decide);
        _free = Math.Max(0, capacity - maxMessage);
        _perAddress = new Shares(Math.Max(maxMessage, capacity / FrontendLimits.AddressShare));
        _perNetwork = new Shares(Math.Max(maxMessage, capacity / FrontendLimits.NetworkShare));
    }

    /// <summary>Free octets, without the spare.</summary>
    public long Free
    {
        get { lock (_lock) return _free; }
    }

    /// <summary>Number of waiting messages.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Opens the account of a message.</summary>
    /// <param name="limit">The greatest size of the message in octets.</param>
    /// <param name="client">The client whose shares are charged; null for a trusted client, which has no shares.</param>
    public Account Open(long limit, IPAddress? client = null) => new(this, limit, client is null ? default : ClientKeys.Of(client));

    /// <summary>Opens the account of an envelope, which never waits.</summary>
    /// <param name="client">The client whose shares are charged; null for a trusted client, which has no shares.</param>
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

    private void Return(in ClientKeys keys, long octets, long spare, bool isSpare)
    {
        lock (_lock)
        {
            _free += octets;
            if (isSpare) _isSpareTaken = false;
            Charge(keys, -octets - spare);
            _waiting.GrantWaiting();
        }
    }

    // Called with the lock held.
    private Grant Decide(Request request)
    {
        var account = request.Account;
        if (request.Step <= _free && HasShare(account.Keys, request.Step))
        {
            _free -= request.Step;
            Charge(account.Keys, request.Step);
            account.Add(request.Step);
            return Grant.Granted;
        }

        var spare = account.Limit - account.Octets;
        if (!_isSpareTaken && HasShare(account.Keys, request.Step <= _free ? request.Step : spare))
        {
            _isSpareTaken = true;
            Charge(account.Keys, spare);
            account.AddSpare(spare);
            return Grant.Granted;
        }

        // Only a message within its shares blocks later messages.
        return _isSpareTaken && HasShare(account.Keys, request.Step) ? Grant.Blocked : Grant.Skipped;
    }

    private bool HasShare(in ClientKeys keys, long octets) =>
        _perAddress.Has(keys.Address, octets) && _perNetwork.Has(keys.Network, octets);

    private void Charge(in ClientKeys keys, long octets)
    {
        _perAddress.Charge(keys.Address, octets);
        _perNetwork.Charge(keys.Network, octets);
    }

    private readonly record struct Request(Account Account, long Step);

    // The octets held by addresses or networks; without entries for 0 octets.
    private sealed class Shares(long limit)
    {
        private readonly Dictionary<IPAddress, long> _held = [];

        public bool Has(IPAddress? key, long octets) => key is null || _held.GetValueOrDefault(key) + octets <= limit;

        public void Charge(IPAddress? key, long octets)
        {
            if (key is null || octets == 0) return;
            var held = _held.GetValueOrDefault(key) + octets;
            if (held == 0) _held.Remove(key);
            else _held[key] = held;
        }
    }

    /// <summary>The memory of a message. Used by a single session; disposing returns all of it.</summary>
    internal sealed class Account(BodyMemory memory, long limit, ClientKeys keys) : IDisposable
    {
        private long _taken;
        private long _spare;
        private bool _hasSpare;

        /// <summary>The greatest size of the message in octets.</summary>
        public long Limit => limit;

        /// <summary>The keys of the client whose shares are charged.</summary>
        public ClientKeys Keys => keys;

        /// <summary>Octets available to the message now, at most its limit.</summary>
        public long Octets => _hasSpare ? limit : Math.Min(limit, FreeBlock + _taken);

        /// <summary>Reserves the next step, unless the message has its limit already. Waits until the memory is free.</summary>
        public ValueTask GrowAsync(CancellationToken cancellationToken)
        {
            var step = Math.Min(limit - Octets, Math.Max(FirstStep, _taken));
            return step == 0 ? ValueTask.CompletedTask : memory._waiting.WaitAsync(new Request(this, step), cancellationToken);
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
    /// The memory of an envelope. A reservation never waits: without memory a recipient is refused with 452. Used by a single session;
    /// disposing returns all of it.
    /// </summary>
    internal sealed class Lease(BodyMemory memory, ClientKeys keys) : IDisposable
    {
        private const int FreeEnvelope = 16 * 1024;
        private const int Step = 64 * 1024;

        private long _needed;
        private long _taken;

        /// <summary>Reserves octets. The first block needs no reservation.</summary>
        /// <returns>False if there is no memory; then nothing is reserved.</returns>
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
