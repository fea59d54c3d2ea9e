namespace Postfleet.Spool.Common;

/// <summary>Says whether mail can be stored; for the readiness of the node.</summary>
public interface ISpoolHealth
{
    /// <summary>Whether the storage answers and takes mail. Does not throw where the storage fails.</summary>
    ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken);
}
