using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The memory for the changes of one message. Owned by the transaction; a check whose time is over may still call it. Thread-safe.
/// </summary>
internal sealed class MessageMemory(BodyMemory.Lease lease) : IMessageMemory, IDisposable
{
    private readonly Lock _lock = new();
    private bool _isOver;

    /// <inheritdoc/>
    public bool TryReserve(long octets)
    {
        lock (_lock) return !_isOver && lease.TryTake(octets);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            lease.Dispose();
        }
    }
}
