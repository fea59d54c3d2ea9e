namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about the fetched policies of domains.</summary>
public abstract class TlsPolicyContract : SpoolBench
{
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ISpoolPlace _place;

    private protected TlsPolicyContract(ISpoolPlace place) : base(place) => _place = place;

    private ITlsPolicyStore Policies => Spool.TlsPolicies;

    [Fact]
    public async Task A_policy_is_kept_through_a_restart_and_replaced_as_a_whole()
    {
        Assert.Null(await Policies.FindAsync("a.test", default));
        await Policies.SaveAsync(Row("a.test", "1"), default);
        var next = Row("a.test", "2") with { Text = "mx: b", ExpiresAt = Noon.AddYears(1) };
        await Policies.SaveAsync(next, default);
        await ReopenAsync();
        Assert.Equal(next, await Policies.FindAsync("a.test", default));
    }

    [Fact]
    public async Task Of_many_callers_one_claims_a_fetch_that_is_due()
    {
        for (var round = 0; round < 5; round++)
        {
            var now = Noon.AddHours(round);
            var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() =>
                Policies.TryClaimAsync("a.test", now, now.AddMinutes(5), default).AsTask())));
            Assert.Single(claims, isClaimed => isClaimed);
            Assert.False(await Policies.TryClaimAsync("a.test", now.AddMinutes(4), now.AddHours(9), default));
        }
    }

    [Fact]
    public async Task A_claim_and_a_failed_fetch_keep_the_policy()
    {
        var row = Row("a.test", "1");
        await Policies.SaveAsync(row, default);
        Assert.True(await Policies.TryClaimAsync("a.test", row.NextTry, row.NextTry.AddMinutes(1), default));
        await Policies.PostponeAsync("a.test", Noon.AddDays(1), default);
        Assert.Equal(row with { NextTry = Noon.AddDays(1) }, await Policies.FindAsync("a.test", default));
    }

    [Fact]
    public async Task A_text_beyond_the_maximum_is_refused() => await Assert.ThrowsAsync<ArgumentException>(() =>
        Policies.SaveAsync(Row("a.test", "1") with { Text = new string('x', ITlsPolicyStore.MaxText + 1) }, default).AsTask());

    [Fact]
    public async Task A_sweep_deletes_policies_that_are_over_and_rows_beyond_the_number()
    {
        var storage = _place.NewStorage();
        await Spool.DisposeAsync();
        await UseAsync(storage);
        await Policies.SaveAsync(Row("valid.test", "1") with { NextTry = Noon.AddDays(-9) }, default);
        await Policies.SaveAsync(Row("over.test", "1") with { ExpiresAt = Noon, NextTry = Noon.AddDays(-1) }, default);
        await Policies.SaveAsync(Row("waits.test", "1") with { ExpiresAt = Noon, NextTry = Noon.AddHours(-23) }, default);
        Assert.Equal(1, await storage.TlsPolicies.SweepAsync(Noon, 10, 10, default));
        Assert.Equal("valid waits", await RemainingAsync());
        await Policies.SaveAsync(Row("over.test", "1") with { NextTry = Noon }, default);
        Assert.Equal(1, await storage.TlsPolicies.SweepAsync(Noon, 2, 10, default));
        Assert.Equal("over waits", await RemainingAsync());
    }

    private static StoredTlsPolicy Row(string domain, string id) =>
        new(domain, id, "version: STSv1\nmx: a\n", Noon.AddMinutes(-1), Noon.AddDays(1), Noon);

    private async Task<string> RemainingAsync()
    {
        List<string> found = [];
        foreach (var name in (string[])["valid", "over", "waits"])
            if (await Policies.FindAsync($"{name}.test", default) is not null) found.Add(name);
        return string.Join(' ', found);
    }
}
