using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the spool about idempotency keys, on every engine and in the fake.</summary>
public abstract class KeyContract : ContractBench
{
    private protected KeyContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task A_repeated_message_is_not_stored_and_the_result_names_the_first()
    {
        var (first, second) = (Mail.Message("a.test").WithKey("k"), Mail.Message("a.test").WithKey("k"));
        await StoreAsync(first);
        Assert.Equal(StoreResult.StoredBefore(first.Id), await Spool.StoreAsync(second, default));
        Assert.False(await HasAsync(second));
        Assert.Equal((1, 1), (await CountAsync("message"), await CountAsync("part")));
    }

    [Fact]
    public async Task A_key_is_remembered_after_a_restart_and_after_the_end_of_its_message()
    {
        var first = Mail.Message("a.test").WithKey("k");
        await StoreAsync(first);
        await SettleAsync(first);
        await ReopenAsync();
        Assert.Equal(StoreResult.StoredBefore(first.Id), await Spool.StoreAsync(Mail.Message("a.test").WithKey("k"), default));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task Another_message_with_the_key_is_a_conflict()
    {
        await StoreAsync(Mail.Message("a.test").WithKey("k", hash: 1));
        Assert.Equal(StoreResult.KeyConflict, await Spool.StoreAsync(Mail.Message("b.test").WithKey("k", hash: 2), default));
        Assert.Equal(1, await CountAsync("message"));
    }

    [Fact]
    public async Task Keys_of_other_owners_and_in_another_case_are_other_keys()
    {
        await StoreAsync(
            Mail.Message("a.test").WithKey("k"), Mail.Message("a.test").WithKey("k", owner: "http:other"),
            Mail.Message("a.test").WithKey("K"), Mail.Message("a.test"), Mail.Message("a.test"));
        Assert.Equal((5, 3), (await CountAsync("message"), await CountAsync("idempotency")));
    }

    [Fact]
    public async Task One_of_many_messages_with_a_key_at_the_same_time_is_stored()
    {
        NewMessage[] messages =
            [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? Mail.Message("b.test") : Mail.Message("a.test").WithKey($"k{i % 3}"))];
        var results = await Task.WhenAll(messages.Select(message => Spool.StoreAsync(message, default).AsTask()));
        foreach (var key in (string[])["k1", "k2"])
        {
            var repeats = messages.Zip(results).Where(one => one.First.Key?.Key == key).ToList();
            var stored = Assert.Single(repeats, one => one.Second.Status == StoreStatus.Stored).First;
            Assert.Equal(19, repeats.Count(one => one.Second == StoreResult.StoredBefore(stored.Id)));
            Assert.True(await HasAsync(stored));
        }

        Assert.Equal((22, 2), (await CountAsync("message"), await CountAsync("idempotency")));
    }

    [Fact]
    public async Task A_key_has_no_effect_after_a_day()
    {
        var first = Mail.Message("a.test").WithKey("k", hash: 1);
        var early = Mail.Message(Mail.Noon.AddDays(1).AddSeconds(-1), "x", "a.test").WithKey("k", hash: 1);
        var late = Mail.Message(Mail.Noon.AddDays(1), "x", "a.test").WithKey("k", hash: 2);
        await StoreAsync(first);
        Assert.Equal(StoreResult.StoredBefore(first.Id), await Spool.StoreAsync(early, default));
        await StoreAsync(late);
        Assert.Equal(StoreResult.StoredBefore(late.Id), await Spool.StoreAsync(Mail.Message("a.test").WithKey("k", hash: 2), default));
        Assert.Equal((2, 1), (await CountAsync("message"), await CountAsync("idempotency")));
    }
}
