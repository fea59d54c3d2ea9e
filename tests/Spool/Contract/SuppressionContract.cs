using Postfleet.Core.Suppression;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about the suppression list.</summary>
public abstract class SuppressionContract : SpoolBench
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ISpoolPlace _place;

    private protected SuppressionContract(ISpoolPlace place) : base(place) => _place = place;

    private ISuppressionStore List => Spool.Suppressions;

    [Fact]
    public async Task Entries_are_found_after_a_restart_with_all_that_was_given()
    {
        var expires = Now + TimeSpan.FromDays(90);
        Assert.Equal(
            [SuppressionEffect.Added, SuppressionEffect.Added, SuppressionEffect.Replaced],
            await WriteAsync(Put("a@a.test", "", "first"), Put("a.test", "stream:bulk"), Put("a@a.test", "", "again", expires)));
        await ReopenAsync();
        var found = await List.FindAsync([Key("a@a.test"), Key("a.test", "stream:bulk"), Key("b@a.test")], default);
        Assert.Equal(2, found.Count);
        var row = found.Single(each => each.Key == Key("a@a.test"));
        Assert.Equal(new SuppressionRow(Key("a@a.test"), "again", "api", Now, expires) { Change = 3 }, row);
        Assert.Null(found.Single(each => each.Key != row.Key).ExpiresAt);
    }

    [Fact]
    public async Task The_list_is_read_in_pages_in_the_order_of_octets()
    {
        await WriteAsync(Put("b@a.test"), Put("a_b@a.test"), Put("a@a.test", "stream:x"), Put("a@a.test"), Put("aB@a.test"));
        List<SuppressionKey> keys = [];
        for (SuppressionKey after = new("", ""); ;)
        {
            var page = await List.ListAsync(after, 2, default);
            if (page.Count == 0) break;
            keys.AddRange(page.Select(row => row.Key));
            after = keys[^1];
        }

        Assert.Equal(5, keys.Count);
        Assert.Equal(keys.Order(), keys);
    }

    [Fact]
    public async Task Changes_have_the_order_of_their_numbers_and_leave_out_what_is_removed_or_only_counted()
    {
        await WriteAsync(Put("a@a.test"), Put("b@a.test"), Hit("c@a.test", "m1", 2));
        await WriteAsync(new SuppressionRemoval(Key("a@a.test")), Put("d@a.test"));
        var changes = await List.ReadChangesAsync(0, 10, default);
        Assert.Equal(["b@a.test", "d@a.test"], changes.Entries.Select(entry => entry.Key.Target));
        Assert.Equal(changes.Last, changes.Entries[^1].Change);
        Assert.Empty((await List.ReadChangesAsync(changes.Last, 10, default)).Entries);
        Assert.Equal([SuppressionEffect.Added], await WriteAsync(Hit("c@a.test", "m2", 2)));
        Assert.Equal(
            ["c@a.test"], (await List.ReadChangesAsync(changes.Last, 10, default)).Entries.Select(entry => entry.Key.Target));
    }

    [Fact]
    public async Task Simultaneous_failures_are_all_counted()
    {
        var effects = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => WriteAsync(Hit("a@a.test", $"m{i}", 20)))));
        Assert.Equal(19, effects.Count(each => each[0] == SuppressionEffect.Counted));
        Assert.Single(effects, each => each[0] == SuppressionEffect.Added);
    }

    [Fact]
    public async Task Expired_rows_are_swept()
    {
        await WriteAsync(Put("a@a.test", "", "x", Now + TimeSpan.FromDays(1)), Put("b@a.test"), Hit("c@a.test", "m1", 2));
        await Spool.DisposeAsync();
        var storage = _place.NewStorage();
        await UseAsync(storage);
        Assert.Equal(2, await storage.Suppressions.SweepAsync(Now + TimeSpan.FromDays(30), 10, default));
        Assert.Equal(["b@a.test"], (await List.ListAsync(new SuppressionKey("", ""), 10, default)).Select(row => row.Key.Target));
    }

    private Task<IReadOnlyList<SuppressionEffect>> WriteAsync(params SuppressionWrite[] writes) =>
        List.WriteAsync(writes, Now, default).AsTask();

    private static SuppressionKey Key(string target, string scope = "") => new(target, scope);

    private static SuppressionPut Put(string target, string scope = "", string reason = "manual", DateTimeOffset? expires = null) =>
        new(Key(target, scope), reason, "api", expires);

    private static SuppressionHit Hit(string target, string origin, int needed) =>
        new(Key(target), "unknown-user", "rule", origin) { Needed = needed };
}
