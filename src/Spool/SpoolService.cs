using Microsoft.Extensions.Hosting;
using Postfleet.Spool.Common;

namespace Postfleet.Spool;

/// <summary>Opens the spool before the services registered after it start, and closes it after they have stopped.</summary>
internal sealed class SpoolService(GroupCommitSpool spool) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        SpoolMetrics.Begin();
        return spool.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => spool.DisposeAsync().AsTask();
}
