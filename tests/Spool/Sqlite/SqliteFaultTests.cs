using Postfleet.Core.Queueing;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>The embedded spool when its disk or its folder fails.</summary>
public sealed class SqliteFaultTests : SpoolBench
{
    private readonly SqlitePlace _place;

    public SqliteFaultTests() : this(new SqlitePlace())
    {
    }

    private SqliteFaultTests(SqlitePlace place) : base(place) => _place = place;

    [Fact]
    public async Task A_full_disk_says_so_lets_settlements_through_and_accepting_resumes_by_itself()
    {
        var (storage, spool) = await OpenSecondAsync();
        List<NewMessage> stored = [];
        await storage.RunOnWriterAsync(writer => writer.Session.Execute("PRAGMA max_page_count=100"));
        StoreResult result;
        do
        {
            var message = Mail.Large(20_000, "a.test");
            result = await spool.StoreAsync(message, default);
            if (result == StoreResult.Stored) stored.Add(message);
        }
        while (result == StoreResult.Stored && stored.Count < 100);

        Assert.Equal(StoreResult.InsufficientStorage, result);
        Assert.NotEmpty(stored);
        Assert.True((await spool.SettleAsync(new Settlement(stored[0].Part(), 1, true, null), default)).Applied);
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(Mail.Large(20_000, "a.test"), default));
        await storage.RunOnWriterAsync(writer => writer.Session.Execute("PRAGMA max_page_count=1000000"));
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(Mail.Large(200_000, "a.test"), default));
    }

    [Fact]
    public async Task A_full_storage_refuses_large_messages_and_stores_small_messages()
    {
        var (storage, spool) = await OpenSecondAsync();
        await storage.RunOnWriterAsync(writer => writer.Session.Execute("PRAGMA max_page_count=60"));
        var sizes = Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? 100 : 1_000_000);
        var results = await Task.WhenAll(sizes.Select(size => spool.StoreAsync(Mail.Large(size, "a.test"), default).AsTask()));
        Assert.Equal(
            sizes.Select(size => size == 100 ? StoreResult.Stored : StoreResult.InsufficientStorage),
            results);
    }

    [Fact]
    public async Task Acknowledged_messages_are_in_the_files_without_an_orderly_close()
    {
        var messages = Enumerable.Range(0, 20).Select(_ => Mail.Message("a.test")).ToArray();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        await SettleAsync(messages[0]);

        // The state after a kill: the files as they are now.
        using var copy = new TempFolder("spool-copy");
        foreach (var file in new[] { _place.File, _place.File + "-wal" }) File.Copy(file, copy[Path.GetFileName(file)]);
        var spool = await OpenAsync(SqlitePlace.StorageAt(copy.FullPath));
        Assert.Null(await spool.ReadAsync(messages[0].Part(), default));
        foreach (var message in messages.Skip(1)) Mail.AssertSame(message, await spool.ReadAsync(message.Part(), default));
    }

    [Fact]
    public async Task An_orderly_close_folds_the_log_back_and_frees_the_folder()
    {
        await StoreAsync(Mail.Message("a.test"));
        Assert.True(File.Exists(_place.File + "-wal"));
        await Spool.DisposeAsync();
        Assert.False(File.Exists(_place.File + "-wal"));
        await ReopenAsync();
    }

    [Fact]
    public async Task A_broken_connection_is_opened_again()
    {
        var (storage, spool) = await OpenSecondAsync();
        // A read-only connection refuses every write as a broken disk would.
        await storage.RunOnWriterAsync(writer => writer.Session.Execute("PRAGMA query_only=ON"));
        Assert.Equal(StoreResult.Unavailable, await spool.StoreAsync(Mail.Message("a.test"), default));
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(Mail.Message("a.test"), default));
    }

    [Fact]
    public async Task A_file_that_is_gone_does_not_come_back_empty()
    {
        var (storage, spool) = await OpenSecondAsync();
        var file = SecondFile;
        await storage.RunOnWriterAsync(writer => writer.Session.Execute("PRAGMA query_only=ON"));
        Assert.Equal(StoreResult.Unavailable, await spool.StoreAsync(Mail.Message("a.test"), default));
        File.Delete(file);
        Assert.Equal(StoreResult.Unavailable, await spool.StoreAsync(Mail.Message("a.test"), default));
        Assert.False(File.Exists(file));
    }

    private readonly TempFolder _second = new("spool-second");

    private string SecondFile => _second["spool.db"];

    // A spool whose storage the test can reach into.
    private async Task<(SqliteStorage Storage, GroupCommitSpool Spool)> OpenSecondAsync()
    {
        var storage = SqlitePlace.StorageAt(_second.FullPath);
        return (storage, await OpenAsync(storage));
    }
}
