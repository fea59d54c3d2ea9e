using LinqToDB;
using LinqToDB.Data;
using Postfleet.Journal.Plugin;
using Xunit;

namespace Postfleet.Journal.Tests;

public sealed class SnapshotConnectionInterceptorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("postfleet-journal-").FullName;

    /// <summary>The pool reuses handles, which keep their pragmas.</summary>
    [Fact]
    public async Task New_and_pooled_connections_flush_commits_and_wait_for_locks()
    {
        var options = new DataOptions()
            .UseConnectionString(ProviderName.SQLiteMS, $"Data Source={Path.Combine(_folder, "journal.db")}")
            .UseInterceptor(new SnapshotConnectionInterceptor());
        for (var round = 0; round < 3; round++)
        {
            await using var first = new DataConnection(options);
            await using var second = new DataConnection(options);
            foreach (var connection in new[] { first, second })
            {
                Assert.Equal(2, await connection.ExecuteAsync<long>("PRAGMA synchronous"));
                Assert.Equal(20_000, await connection.ExecuteAsync<long>("PRAGMA busy_timeout"));
                Assert.Equal(8192, await connection.ExecuteAsync<long>("PRAGMA wal_autocheckpoint"));
                Assert.Equal("wal", await connection.ExecuteAsync<string>("PRAGMA journal_mode"));
            }
        }
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
