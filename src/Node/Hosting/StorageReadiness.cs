using Postfleet.Core.Stats;
using Postfleet.Spool;

namespace Postfleet.Node.Hosting;

/// <summary>Whether the storage answers.</summary>
internal sealed class StorageReadiness(ISpool spool) : IReadinessCheck
{
    public string Name => "storage";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        await spool.IsHealthyAsync(cancellationToken) ? null : "the storage does not answer";
}
