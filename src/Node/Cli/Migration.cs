using Postfleet.Cluster;
using Postfleet.Core;
using Postfleet.Node.Hosting;
using Postfleet.Node.Options;
using Postfleet.Spool;

namespace Postfleet.Node.Cli;

/// <summary>
/// The verb <c>migrate</c>: brings the storage up to date without starting a node, for one whose database user may not change tables.
/// </summary>
internal static class Migration
{
    /// <summary>Does what is missing and prints it, a line for each step, or <c>up to date</c>.</summary>
    /// <returns>Null, or why it could not be done, in one line.</returns>
    public static async Task<string?> RunAsync(PostfleetOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        await using var journal = StoragePlace.Journal(options);
        try
        {
            var done = await SpoolMigration.RunAsync(StoragePlace.Spool(options), PrepareOthersAsync, cancellationToken);
            foreach (var line in done.DefaultIfEmpty("up to date")) await output.WriteLineAsync(line);
            return null;
        }
        catch (StartFailureException e)
        {
            return e.Message;
        }

        async Task<IReadOnlyList<string>> PrepareOthersAsync(CancellationToken token)
        {
            var done = await journal.PrepareAsync(token);
            return StoragePlace.IsEmbedded(options) ? done
                : [.. done, .. await ClusterMigration.RunAsync(options.Storage.ConnectionString, token)];
        }
    }
}
