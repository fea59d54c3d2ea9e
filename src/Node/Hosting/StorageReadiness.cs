using Postfleet.Contracts.Stats;
using Postfleet.Spool.Common;

namespace Postfleet.Node.Hosting;

/// <summary>The readiness check of the spool. Requests of the admin endpoint call it.</summary>
internal sealed class StorageReadiness(ISpoolHealth spool) : IReadinessCheck
{
    public string Name => "storage";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        await spool.IsHealthyAsync(cancellationToken) ? null : "the storage accepts no mail: it does not answer or is full";
}
