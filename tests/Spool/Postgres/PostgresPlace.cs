using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>A database for a spool, on the server that all tests share, and a look into its tables from beside.</summary>
internal sealed class PostgresPlace(PostgresServer? server = null) : ISpoolPlace
{
    /// <summary>The database, once it is prepared.</summary>
    public string ConnectionString { get; private set; } = "";

    public async Task PrepareAsync() => ConnectionString = await (server ?? await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public Task CleanUpAsync() => Task.CompletedTask;

    public IStorage NewStorage(int captureMax = 1000, TimeSpan? captureMaxAge = null) =>
        new PostgresStorage(
            ConnectionString, new CaptureBounds(captureMax, captureMaxAge ?? TimeSpan.FromDays(7)), NullLogger<GroupCommitSpool>.Instance,
            TimeProvider.System);

    public IStorage NewStorageWithOutcomes(Action<HistoryEvent> fault) =>
        new PostgresStorage(
            ConnectionString, new CaptureBounds(1000, TimeSpan.FromDays(7)), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System,
            outcomes: new PostgresOutcomeTable(fault));

    public IStorage NewStorageWithHistory(HistoryKeep keep, TimeSpan retention, long maxBytes, TimeProvider time) =>
        new PostgresStorage(
            ConnectionString, new CaptureBounds(1000, TimeSpan.FromDays(7)), NullLogger<GroupCommitSpool>.Instance, time,
            new SpoolSettings
            {
                Provider = SpoolProvider.Postgres,
                ConnectionString = ConnectionString,
                HistoryKeep = keep,
                HistoryRetention = retention,
                HistoryMaxBytes = maxBytes,
            });

    public async Task KeepHistoryAsync(IStorage storage) => await ((PostgresStorage)storage).Keeper!.RunAsync(waits: true, default);

    public async Task<IReadOnlyList<string>> ReadOutcomesAsync()
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand("SELECT line FROM outcome_row ORDER BY line COLLATE \"C\"");
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }

    // The server rolls the transactions of a lost client back.
    public async Task<ISpoolPlace> CrashAsync()
    {
        await ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        return this;
    }

    public async Task<long> CountAsync(string table)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public IReadOnlyList<string> NoTimes => ["'-infinity'", "'4713-01-01 BC'", "'0001-12-31 BC'"];

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
