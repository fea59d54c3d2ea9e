namespace Postfleet.Spool.Common;

/// <summary>Whether mail can be stored, for the readiness check of the node. Thread-safe.</summary>
public interface ISpoolHealth
{
    /// <summary>Whether the storage answers and accepts mail; false where it fails.</summary>
    ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken);
}
