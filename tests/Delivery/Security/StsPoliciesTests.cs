using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Security;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>Policies over several nodes with one storage: one node fetches, and all apply the policy.</summary>
public sealed class StsPoliciesTests : IStsFetcher
{
    private static readonly StsPolicy Enforce = new(StsMode.Enforce, TimeSpan.FromDays(7), ["mx.a.test"]);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryTlsPolicies _store = new();
    private readonly LogCollector _log = new();
    private readonly ConcurrentQueue<string> _fetched = new();
    private ZoneDns _dns = new ZoneDns().Text("_mta-sts.a.test", "v=STSv1; id=1;");
    private bool _isOn = true;
    private Func<Task<(StsPolicy? Policy, string Problem)>> _answer = () => Task.FromResult<(StsPolicy?, string)>((Enforce, ""));

    private DateTimeOffset Now => _time.GetUtcNow();

    [Fact]
    public async Task A_policy_is_fetched_once_and_other_nodes_read_it()
    {
        var first = await Node().PrepareAsync("a.test", default);
        Assert.Equal(("enforce", Now.AddDays(7)), (StsPolicy.WordOf(first!.Policy!.Mode), first!.ExpiresAt));
        var other = Node();
        Assert.Equal(StsMode.Enforce, (await other.FindAsync("a.test", default))?.Policy!.Mode);
        Assert.True((await other.PrepareAsync("a.test", default))?.Policy!.Allows("mx.a.test"));
        Assert.Equal(["a.test"], _fetched);
    }

    [Fact]
    public async Task What_is_off_asks_nobody()
    {
        _isOn = false;
        var node = Node();
        Assert.Null(await node.PrepareAsync("a.test", default));
        Assert.Null(await node.FindAsync("a.test", default));
        Assert.Empty(_dns.Queries);
        Assert.Equal(0, _store.Reads);
    }

    [Fact]
    public async Task Without_a_record_nothing_is_fetched()
    {
        _dns = new ZoneDns().Failing("_mta-sts.b.test");
        foreach (var domain in (string[])["a.test", "b.test", "[192.0.2.1]"]) Assert.Null(await Node().PrepareAsync(domain, default));
        Assert.Empty(_fetched);
    }

    [Fact]
    public async Task A_failed_fetch_keeps_the_policy_and_is_not_repeated_at_once()
    {
        await Node().PrepareAsync("a.test", default);
        _dns = new ZoneDns().Text("_mta-sts.a.test", "v=STSv1; id=2;");
        _answer = () => Task.FromResult<(StsPolicy?, string)>((null, "the server says 404"));
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++) Assert.Equal(StsMode.Enforce, (await Node().PrepareAsync("a.test", default))?.Policy!.Mode);
        Assert.Equal(2, _fetched.Count);
        _time.Advance(StsState.FailurePause);
        Assert.Equal(StsMode.Enforce, (await Node().PrepareAsync("a.test", default))?.Policy!.Mode);
        Assert.Equal(3, _fetched.Count);
        Assert.Contains(_log.Lines, line => line.Name == "policy not fetched" && "the server says 404".Equals(line.Fields["Reason"]));
    }

    /// <summary>Whoever can suppress the record, or the fetch, does not end the policy before its time.</summary>
    [Fact]
    public async Task A_policy_without_its_record_stays_until_it_is_over()
    {
        await Node().PrepareAsync("a.test", default);
        _dns = new ZoneDns();
        _time.Advance(TimeSpan.FromDays(6.9));
        Assert.Equal(StsMode.Enforce, (await Node().PrepareAsync("a.test", default))?.Policy!.Mode);
        var node = Node();
        Assert.Equal(StsMode.Enforce, (await node.FindAsync("a.test", default))?.Policy!.Mode);
        _time.Advance(TimeSpan.FromDays(0.2));
        Assert.Null(await node.FindAsync("a.test", default));
        Assert.Null(await Node().PrepareAsync("a.test", default));
    }

    [Fact]
    public async Task A_changed_id_replaces_the_policy_within_seconds_on_all_nodes()
    {
        var (node, other) = (Node(), Node());
        await node.PrepareAsync("a.test", default);
        await other.FindAsync("a.test", default);
        _dns = new ZoneDns().Text("_mta-sts.a.test", "v=STSv1; id=2;");
        _answer = () => Task.FromResult<(StsPolicy?, string)>((Enforce with { Mode = StsMode.Testing }, ""));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(StsMode.Testing, (await Node().PrepareAsync("a.test", default))!.Policy!.Mode);
        Assert.Equal(StsMode.Testing, (await other.FindAsync("a.test", default))!.Policy!.Mode);
    }

    [Fact]
    public async Task While_a_node_fetches_the_first_policy_the_others_wait()
    {
        var answer = new TaskCompletionSource<(StsPolicy?, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = () => answer.Task;
        var first = Node().PrepareAsync("a.test", default).AsTask();
        await Eventually.True(() => _fetched.Count == 1, TimeSpan.FromSeconds(30), "the first node fetches");
        var others = Enumerable.Range(0, 3).Select(_ => Node().PrepareAsync("a.test", default).AsTask()).ToArray();
        answer.SetResult((Enforce, ""));
        Assert.Equal(StsMode.Enforce, (await first)!.Policy!.Mode);
        await Eventually.Done(Task.WhenAll(others), () => _time.Advance(TimeSpan.FromMilliseconds(300)), "the others read the policy");
        foreach (var other in others) Assert.Equal(StsMode.Enforce, (await other)!.Policy!.Mode);
        Assert.Single(_fetched);
    }

    [Fact]
    public async Task The_claim_of_a_node_that_died_lapses()
    {
        Assert.True(await _store.TryClaimAsync("a.test", Now, Now + StsPolicies.ClaimLife, default));
        var waiting = Node().PrepareAsync("a.test", default).AsTask();
        await Eventually.Done(waiting, () => _time.Advance(TimeSpan.FromSeconds(1)), "the wait for the dead node ends");
        _time.Advance(StsPolicies.ClaimLife);
        Assert.Equal(StsMode.Enforce, (await Node().PrepareAsync("a.test", default))?.Policy!.Mode);
    }

    [Fact]
    public async Task While_the_storage_is_away_known_policies_apply_for_a_while_and_unknown_ones_are_an_error()
    {
        var node = Node();
        await node.PrepareAsync("a.test", default);
        _store.IsAway = true;
        Assert.Equal(StsMode.Enforce, (await node.FindAsync("a.test", default))?.Policy!.Mode);
        Assert.Null(await node.PrepareAsync("b.test", default));
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => node.FindAsync("b.test", default).AsTask());
        _time.Advance(StsPolicies.MemoryLife);
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => node.FindAsync("a.test", default).AsTask());
    }

    Task<(StsPolicy? Policy, string Problem)> IStsFetcher.FetchAsync(string domain)
    {
        _fetched.Enqueue(domain);
        return _answer();
    }

    private StsPolicies Node() => new(() => new DeliveryTlsOptions { MtaSts = _isOn }, _dns, this, _store, _time, _log);
}
