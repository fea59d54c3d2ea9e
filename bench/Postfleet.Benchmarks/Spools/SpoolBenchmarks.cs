using System.Globalization;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Storage.Commit;

namespace Postfleet.Benchmarks.Spools;

/// <summary>
/// Concurrent callers store messages of 4 KiB and settle them; waiting operations share a commit. SQLite uses the folder for temporary
/// files (<c>TMPDIR</c>), which must be on the measured disk. PostgreSQL needs a connection string in <c>PF_POSTGRES</c> and gets a
/// database of its own on that server.
/// </summary>
public class SpoolBenchmarks
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postfleet-bench.");
    private readonly MessageContent _content = new(Mail.Content(4096));
    private readonly string _database = string.Create(CultureInfo.InvariantCulture, $"postfleet_bench_{Environment.ProcessId}");
    private GroupCommitSpool _spool = null!;

    public static IEnumerable<string> Engines => Server is null ? ["sqlite"] : ["sqlite", "postgres"];

    [ParamsSource(nameof(Engines))]
    public string Engine { get; set; } = "";

    [Params(1, 16, 128)]
    public int Callers { get; set; }

    private static string? Server => Environment.GetEnvironmentVariable("PF_POSTGRES") is { Length: > 0 } server ? server : null;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        var bounds = new CaptureBounds(1000, TimeSpan.FromDays(7));
        IStorage storage;
        if (Engine == "sqlite")
        {
            storage = new SqliteStorage(_folder.FullName, bounds, NullLogger.Instance, TimeProvider.System, null);
        }
        else
        {
            await OnServerAsync($"CREATE DATABASE {_database}");
            var connection = new NpgsqlConnectionStringBuilder(Server) { Database = _database };
            storage = new PostgresStorage(connection.ConnectionString, bounds, NullLogger.Instance, TimeProvider.System);
        }

        _spool = new GroupCommitSpool(
            storage, 64 << 20, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        await _spool.StartAsync(CancellationToken.None);
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _spool.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (Engine == "postgres") await OnServerAsync($"DROP DATABASE {_database}");
        _folder.Delete(recursive: true);
    }

    /// <summary>An operation of the benchmark is a message of each caller: the cost of a message is the result divided by the number of
    /// callers.</summary>
    [Benchmark]
    public Task StoreAndSettle()
    {
        var callers = new Task[Callers];
        for (var i = 0; i < Callers; i++) callers[i] = CallAsync();
        return Task.WhenAll(callers);
    }

    private async Task CallAsync()
    {
        var message = Mail.New(_content, DateTimeOffset.UtcNow);
        if (await _spool.StoreAsync(message, CancellationToken.None) != StoreResult.Stored)
            throw new InvalidOperationException("the spool does not store");
        await _spool.SettleAsync(new Settlement(new PartId(message.Id, Mail.Queue), 1, true, null), CancellationToken.None);
    }

    private static async Task OnServerAsync(string sql)
    {
        await using var server = NpgsqlDataSource.Create(Server!);
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
