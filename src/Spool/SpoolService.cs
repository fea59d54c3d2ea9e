using Microsoft.Extensions.Hosting;

namespace Postfleet.Spool;

/// <summary>Opens the spool before what is registered after it starts, and closes it after that has stopped.</summary>
internal sealed class SpoolService(GroupCommitSpool spool) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => spool.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => spool.DisposeAsync().AsTask();
}
