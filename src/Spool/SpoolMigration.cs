using Microsoft.Data.Sqlite;
using Postfleet.Core;
using Postfleet.Spool.Common;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool;

/// <summary>Updates the spool's tables without starting the spool.</summary>
public static class SpoolMigration
{
    /// <summary>Creates or updates the schema.</summary>
    /// <param name="settings">The place of the spool.</param>
    /// <param name="others">Updates the other schemas in the same place, while the lock keeps other processes off an embedded
    /// storage.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <returns>A line for each completed step; empty when all schemas were up to date.</returns>
    /// <exception cref="StartFailureException">The storage does not answer, is in use, or was created by a newer version.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        SpoolSettings settings, Func<CancellationToken, Task<IReadOnlyList<string>>> others, CancellationToken cancellationToken)
    {
        if (settings.Provider == SpoolProvider.Postgres)
            return [.. await MigrateAsync(settings, cancellationToken), .. await others(cancellationToken)];
        var folder = Path.GetFullPath(settings.Path);
        using var owned = FolderLock.Take(folder);
        var steps = await SqliteSchema.PrepareAsync(Path.Combine(folder, "spool.db"), cancellationToken);
        return [.. steps, .. await MigrateHistoryAsync(settings, folder, cancellationToken), .. await others(cancellationToken)];
    }

    private static async Task<IReadOnlyList<string>> MigrateHistoryAsync(
        SpoolSettings settings, string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, SqliteHistorySchema.FileName);
        if (settings.HistoryKeep == HistoryKeep.None && !File.Exists(file)) return [];
        try
        {
            return await SqliteHistorySchema.PrepareAsync(file, cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new StartFailureException($"cannot open the history '{file}': {e.Message}", e);
        }
    }

    private static async Task<IReadOnlyList<string>> MigrateAsync(SpoolSettings settings, CancellationToken cancellationToken)
    {
        await using var pool = PostgresStorage.CreatePool(settings.ConnectionString, 1, settings.Password);
        try
        {
            return await PostgresSchema.PrepareAsync(pool, cancellationToken);
        }
        catch (Exception e) when (PostgresFault.IsOfServer(e))
        {
            throw new StartFailureException(
                $"cannot prepare the spool in PostgreSQL at {pool.Description}: {PostgresReason.Of(e)}", e);
        }
    }
}
