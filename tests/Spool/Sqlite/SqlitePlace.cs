using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>A folder for an embedded spool, and a look into its file from beside.</summary>
internal sealed class SqlitePlace : ISpoolPlace
{
    private readonly TempFolder _folder = new("spool");

    public string File => _folder["spool.db"];

    public Task PrepareAsync() => Task.CompletedTask;

    public Task CleanUpAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A storage on any folder.</summary>
    public static SqliteStorage StorageAt(
        string folder, CaptureBounds? bounds = null, TimeProvider? time = null, Func<string, VolumeSpace>? measureSpace = null,
        ISqliteOutcomeWriter? outcomes = null, SpoolSettings? history = null) =>
        new(
            folder,
            bounds ?? new CaptureBounds(1000, TimeSpan.FromDays(7)),
            NullLogger.Instance,
            time ?? TimeProvider.System,
            measureSpace ?? (_ => new VolumeSpace(1L << 40, 1L << 41)),
            history,
            outcomes);

    public IStorage NewStorage(int captureMax = 1000, TimeSpan? captureMaxAge = null) =>
        StorageAt(_folder.FullPath, new CaptureBounds(captureMax, captureMaxAge ?? TimeSpan.FromDays(7)));

    public IStorage NewStorageWithOutcomes(Action<HistoryEvent> fault) =>
        StorageAt(_folder.FullPath, outcomes: new SqliteOutcomeTable(fault));

    public IStorage NewStorageWithHistory(HistoryKeep keep, TimeSpan retention, long maxBytes, TimeProvider time) => StorageAt(
        _folder.FullPath, time: time,
        history: new SpoolSettings { HistoryKeep = keep, HistoryRetention = retention, HistoryMaxBytes = maxBytes });

    public async Task KeepHistoryAsync(IStorage storage) => await ((SqliteStorage)storage).Mover!.MoveAsync(isForced: true);

    public async Task<IReadOnlyList<string>> ReadOutcomesAsync()
    {
        await using var connection = Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT line FROM outcome_row ORDER BY line";
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }

    // The files at this moment. The process under test continues with its own.
    public Task<ISpoolPlace> CrashAsync()
    {
        var left = new SqlitePlace();
        foreach (var file in (string[])[File, $"{File}-wal"]) System.IO.File.Copy(file, left._folder[Path.GetFileName(file)]);
        return Task.FromResult<ISpoolPlace>(left);
    }

    public async Task<long> CountAsync(string table)
    {
        await using var connection = Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public IReadOnlyList<string> NoTimes => ["-9223372036854775808", "-1844674407370955162", "-62135596800000001"];

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Mode=ReadWrite;Pooling=False");
        connection.Open();
        return connection;
    }
}
