using Microsoft.Extensions.Logging;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>Asks an engine whether it works. <see cref="GroupCommitSpool"/> calls it for the health of the node, on any thread.</summary>
internal static class StorageProbe
{
    /// <summary>Whether the engine answers; a failure is logged.</summary>
    public static async ValueTask<bool> RunAsync(IStorage storage, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await storage.ProbeAsync(cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // Any exception means that the storage did not answer.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            SpoolLog.ProbeFailed(logger, e);
            return false;
        }
    }
}
