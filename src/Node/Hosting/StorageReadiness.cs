using Postfleet.Contracts.Stats;
using Postfleet.Spool;

namespace Postfleet.Node.Hosting;

/// <summary>Whether mail can be stored.</summary>
internal sealed class StorageReadiness(ISpool spool) : IReadinessCheck
{
    public string Name => "storage";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        await spool.IsHealthyAsync(cancellationToken) ? null : "the storage takes no mail: it does not answer, or has no room";
}
