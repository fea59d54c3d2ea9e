using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about a table of rows by name: users, and keys that sign.</summary>
public abstract class NamedRowContract : SpoolBench
{
    private readonly ISpoolPlace _place;

    private readonly string _table;

    private protected NamedRowContract(ISpoolPlace place, string table) : base(place) => (_place, _table) = (place, table);

    private INamedRows Rows => _table == NamedTable.Users ? Spool.Users : Spool.SigningKeys;

    [Fact]
    public async Task A_row_is_created_replaced_and_deleted()
    {
        Assert.Null(await Rows.FindAsync("a", default));
        var first = await WriteAsync("a", "1");
        await ReopenAsync();
        Assert.Equal(new NamedRow("a", "1", first!.Value, Mail.Noon), await Rows.FindAsync("a", default));
        var second = await WriteAsync("a", "2");
        Assert.True(second > first);
        Assert.Equal("2", (await Rows.FindAsync("a", default))!.Data);
        Assert.True(await WriteAsync("a", null) > second);
        Assert.Null(await Rows.FindAsync("a", default));
        Assert.Null(await WriteAsync("a", null));
    }

    [Fact]
    public async Task A_change_with_another_expected_change_is_refused()
    {
        var first = await WriteAsync("a", "1", expected: 0);
        Assert.Null(await WriteAsync("a", "2", expected: 0));
        var second = await WriteAsync("a", "3", expected: first);
        Assert.Null(await WriteAsync("a", "4", expected: first));
        Assert.Null(await WriteAsync("a", null, expected: first));
        Assert.Equal("3", (await Rows.FindAsync("a", default))!.Data);
        Assert.NotNull(await WriteAsync("a", null, expected: second));
        Assert.NotNull(await WriteAsync("a", "5", expected: 0));
    }

    [Fact]
    public async Task Rows_are_listed_by_the_octets_of_their_names()
    {
        foreach (var name in (string[])["b", "a", "ä", "a-b", "gone", "a_b"]) await WriteAsync(name, name);
        await WriteAsync("gone", null);
        Assert.Equal(["a", "a-b", "a_b", "b", "ä"], (await Rows.ListAsync("", 10, default)).Select(row => row.Name));
        Assert.Equal(["a_b", "b"], (await Rows.ListAsync("a-b", 2, default)).Select(row => row.Name));
    }

    [Fact]
    public async Task Changes_are_read_in_order_with_deleted_rows_until_the_sweep()
    {
        Assert.Equal(0, (await Rows.ReadChangesAsync(0, 10, default)).Last);
        foreach (var name in (string[])["a", "b", "c"]) await WriteAsync(name, "1");
        await WriteAsync("a", "2");
        await WriteAsync("b", null);
        var changes = await Rows.ReadChangesAsync(0, 10, default);
        Assert.Equal(changes.Salt, (await Rows.ReadChangesAsync(long.MaxValue, 10, default)).Salt);
        Assert.True(changes.Salt.Length >= 32);
        Assert.Equal([new("c", 3), new("a", 4), new NamedChange("b", 5)], changes.Rows);
        Assert.Equal(5, changes.Last);
        Assert.Equal([new NamedChange("a", 4)], (await Rows.ReadChangesAsync(3, 1, default)).Rows);
        Assert.Empty((await Rows.ReadChangesAsync(5, 10, default)).Rows);
        Assert.Equal(5, (await Rows.ReadChangesAsync(long.MaxValue, 10, default)).Last);

        var storage = _place.NewStorage();
        await Spool.DisposeAsync();
        await UseAsync(storage);
        await new KeySweep(storage, NullLogger.Instance, new SetTime(Mail.Noon + KeySweep.DeletedRowsStay)).SweepAsync(default);
        Assert.Equal(3, await CountAsync(_table));
        await new KeySweep(storage, NullLogger.Instance, new SetTime(Mail.Noon.AddSeconds(1) + KeySweep.DeletedRowsStay))
            .SweepAsync(default);
        Assert.Equal(2, await CountAsync(_table));
        // Numbers are never used again, though the row of the newest is gone.
        Assert.Equal(6, await WriteAsync("d", "1"));
    }

    [Fact]
    public async Task A_poller_misses_no_change_of_simultaneous_writers()
    {
        string[] names = [.. Enumerable.Range(0, 8).Select(i => $"u{i}")];
        var writes = Task.WhenAll(names.Select(async name =>
        {
            for (var i = 0; i < 10; i++) Assert.NotNull(await WriteAsync(name, $"{i}"));
        }));
        Dictionary<string, long> seen = [];
        for (var last = 0L; last < 80;)
        {
            var isOver = writes.IsCompleted;
            var changes = await Rows.ReadChangesAsync(last, 3, default);
            foreach (var change in changes.Rows)
            {
                Assert.True(change.Change > last, $"{change} after {last}");
                (seen[change.Name], last) = (change.Change, change.Change);
            }

            if (isOver && changes.Rows.Count == 0) break;
        }

        await writes;
        var rows = await Rows.ListAsync("", 10, default);
        Assert.Equal(rows.ToDictionary(row => row.Name, row => row.Change), seen);
        Assert.Equal(80, rows.Max(row => row.Change));
        Assert.All(rows, row => Assert.Equal("9", row.Data));
    }

    [Fact]
    public async Task One_of_many_simultaneous_creations_succeeds()
    {
        var changes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => WriteAsync("a", $"{i}", expected: 0)));
        Assert.Single(changes, change => change is not null);
        Assert.Equal(1, await CountAsync(_table));
    }

    [Fact]
    public async Task A_closed_spool_is_unavailable()
    {
        await Spool.DisposeAsync();
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => Rows.FindAsync("a", default).AsTask());
    }

    private Task<long?> WriteAsync(string name, string? data, long? expected = null) =>
        Rows.WriteAsync(name, data, expected, Mail.Noon, default).AsTask();
}
