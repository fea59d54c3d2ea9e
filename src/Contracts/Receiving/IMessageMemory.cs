namespace Postfleet.Contracts.Receiving;

/// <summary>The memory for changes of a message, within the limit of the memory of all messages in reception. Thread-safe.</summary>
public interface IMessageMemory
{
    /// <summary>Reserves memory up to the end of the transaction, without waiting.</summary>
    /// <param name="octets">The octets.</param>
    /// <returns>False when there is no memory, or the transaction is over; nothing is reserved then.</returns>
    bool TryReserve(long octets);
}
