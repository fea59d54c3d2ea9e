using Postfleet.Cluster;
using Postfleet.Core;
using Postfleet.Node.Hosting;
using Postfleet.Node.Options;
using Postfleet.Spool;

namespace Postfleet.Node.Cli;

/// <summary>
/// The verb <c>migrate</c>: migrates the storage without starting a node, for nodes whose database user may not change tables.
/// </summary>
internal static class Migration
{
    /// <summary>Runs the missing steps and prints a line for each, or <c>up to date</c>.</summary>
    /// <returns>Null, or the reason of a failure as a line of text.</returns>
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
                : [.. done, .. await ClusterMigration.RunAsync(options.Storage.ConnectionString, StoragePlace.Password(options), token)];
        }
    }
}
