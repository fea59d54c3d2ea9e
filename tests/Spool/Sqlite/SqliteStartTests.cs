using Postfleet.Core;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>When the embedded spool refuses to start, and how it says so.</summary>
public sealed class SqliteStartTests : IDisposable
{
    private readonly TempFolder _folder = new("spool");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_node_on_the_same_folder_is_refused_until_the_first_has_stopped()
    {
        var first = SqlitePlace.StorageAt(_folder.FullPath);
        var second = SqlitePlace.StorageAt(_folder.FullPath);
        await first.StartAsync(default);
        await AssertRefusedAsync(second, _folder.FullPath, "belongs to another running process");
        await first.DisposeAsync();
        await second.StartAsync(default);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task The_folder_and_its_files_are_for_their_owner_alone_also_where_they_were_not()
    {
        var folder = _folder["data"];
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(folder, "journal.db"), "");
        File.SetUnixFileMode(Path.Combine(folder, "journal.db"), (UnixFileMode)0b110_100_100);

        var storage = SqlitePlace.StorageAt(folder);
        await storage.StartAsync(default);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder));
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file)));
        Assert.Contains(Directory.GetFiles(folder), file => file.EndsWith("spool.db-wal", StringComparison.Ordinal));
        await storage.DisposeAsync();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(_folder["file"], "");
        await AssertRefusedAsync(SqlitePlace.StorageAt(_folder["file/below"]), "data folder", "file/below");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named_and_left_alone()
    {
        var text = new string('x', 10_000);
        await File.WriteAllTextAsync(_folder["spool.db"], text);
        await AssertRefusedAsync(SqlitePlace.StorageAt(_folder.FullPath), "spool.db", "not a database");
        Assert.Equal(text, await File.ReadAllTextAsync(_folder["spool.db"]));
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused_and_left_alone()
    {
        var place = new SqlitePlace();
        var storage = place.NewStorage();
        await storage.StartAsync(default);
        await storage.DisposeAsync();
        await place.ExecuteAsync("UPDATE postfleet_schema SET version = 99");
        await AssertRefusedAsync((Spool.Sqlite.SqliteStorage)place.NewStorage(), place.File, "version 99");
        await place.CleanUpAsync();
    }

    private static async Task AssertRefusedAsync(Spool.Sqlite.SqliteStorage storage, params string[] says)
    {
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.StartAsync(default));
        Assert.All(says, text => Assert.Contains(text, e.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', e.Message);
        await storage.DisposeAsync();
    }
}
