using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>New mail is refused before the volume is too full for deletions.</summary>
public sealed class DiskSpaceGuardTests : IAsyncLifetime
{
    private const long Megabyte = 1 << 20;

    private readonly TempFolder _folder = new("spool");
    private readonly FakeTimeProvider _time = new();
    private readonly Bench _bench = new();
    private VolumeSpace _space = new(10_000 * Megabyte, 20_000 * Megabyte);
    private SqliteStorage _storage = null!;
    private GroupCommitSpool _spool = null!;

    public async Task InitializeAsync()
    {
        await _bench.InitializeAsync();
        _storage = SqlitePlace.StorageAt(_folder.FullPath, time: _time, measureSpace: _ => _space);
        _spool = await _bench.OpenSpoolAsync(_storage);
    }

    public async Task DisposeAsync()
    {
        await _bench.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Little_space_refuses_mail_but_not_settlements_until_space_returns()
    {
        var stored = Mail.Message("a.test");
        await ExpectAsync(StoreResult.Stored, stored);
        SetFree(100 * Megabyte);
        await ExpectAsync(StoreResult.InsufficientStorage, Mail.Message("a.test"));
        Assert.Equal(
            new SettlementResult(Applied: true, IsReportDue: false),
            await _spool.SettleAsync(new Settlement(stored.Part(), 1, true, Mail.Notification()), default));

        SetFree(10_000 * Megabyte);
        await ExpectAsync(StoreResult.Stored, Mail.Message("a.test"));
    }

    [Fact]
    public async Task Mail_that_was_refused_is_neither_stored_nor_cached()
    {
        SetFree(0);
        var refused = Mail.Message("a.test");
        await ExpectAsync(StoreResult.InsufficientStorage, refused);
        Assert.Null(await _spool.ReadAsync(refused.Part(), default));
    }

    [Fact]
    public async Task Free_pages_inside_the_file_count_as_space()
    {
        // 300 MB come and go: the file keeps them.
        var large = Enumerable.Range(0, 12).Select(_ => Mail.Large(25 << 20, "a.test")).ToArray();
        foreach (var message in large) await ExpectAsync(StoreResult.Stored, message);
        SetFree(100 * Megabyte);
        await ExpectAsync(StoreResult.InsufficientStorage, Mail.Message("a.test"));
        foreach (var message in large) await _spool.SettleAsync(new Settlement(message.Part(), 1, true, null), default);
        SetFree(100 * Megabyte);
        await ExpectAsync(StoreResult.Stored, Mail.Message("a.test"));
        SetFree(10 * Megabyte);
        await ExpectAsync(StoreResult.InsufficientStorage, Mail.Message("a.test"));
    }

    [Fact]
    public async Task When_room_is_scarce_the_log_is_folded_back_first()
    {
        await ExpectAsync(StoreResult.Stored, Mail.Large(5 << 20, "a.test"));
        Assert.True(new FileInfo(_folder["spool.db-wal"]).Length > 5 << 20);
        // Space for the reserve, but not for the log besides: enough once the log is empty.
        SetFree(258 * Megabyte);
        await ExpectAsync(StoreResult.Stored, Mail.Message("a.test"));
        Assert.True(new FileInfo(_folder["spool.db-wal"]).Length < 1 << 20);
    }

    [Fact]
    public async Task On_a_small_volume_the_reserve_is_a_tenth()
    {
        _space = new VolumeSpace(0, 100 * Megabyte);
        SetFree(15 * Megabyte);
        await ExpectAsync(StoreResult.Stored, Mail.Message("a.test"));
        SetFree(5 * Megabyte);
        await ExpectAsync(StoreResult.InsufficientStorage, Mail.Message("a.test"));
    }

    private void SetFree(long bytes)
    {
        _space = _space with { Free = bytes };
        _time.Advance(DiskSpaceGuard.Interval);
    }

    private async Task ExpectAsync(StoreResult expected, NewMessage message) =>
        Assert.Equal(expected, await _spool.StoreAsync(message, default));

    private sealed class Bench : SpoolBench
    {
        public Bench() : base(new SqlitePlace())
        {
        }

        public Task<GroupCommitSpool> OpenSpoolAsync(SqliteStorage storage) => OpenAsync(storage);
    }
}
