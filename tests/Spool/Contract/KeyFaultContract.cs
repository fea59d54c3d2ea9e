using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about transactions with idempotency keys, and about the end of keys.</summary>
public abstract class KeyFaultContract : SpoolBench
{
    private readonly ISpoolPlace _place;

    private protected KeyFaultContract(ISpoolPlace place) : base(place) => _place = place;

    [Fact]
    public async Task A_failed_transaction_leaves_no_key()
    {
        var stored = Mail.Message("a.test");
        await StoreAsync(stored);
        // The row of the key is written first, and the row of the message exists.
        Assert.Equal(StoreResult.Unavailable, await Spool.StoreAsync(stored.WithKey("k"), default));
        Assert.Equal(0, await CountAsync("idempotency"));
        await StoreAsync(Mail.Message("a.test").WithKey("k"));
        Assert.Equal((2, 1), (await CountAsync("message"), await CountAsync("idempotency")));
    }

    [Fact]
    public async Task Keys_are_deleted_a_day_after_the_acceptance_in_pieces()
    {
        await Spool.DisposeAsync();
        var storage = _place.NewStorage();
        await UseAsync(storage);
        var old = Enumerable.Range(0, 5).Select(i => Mail.Message(Mail.Noon.AddSeconds(i), "x", "a.test").WithKey($"old{i}"));
        await StoreAsync([.. old, Mail.Message(Mail.Noon.AddHours(1), "x", "a.test").WithKey("young")]);

        Assert.Equal(2, await storage.SweepKeysAsync(Mail.Noon.AddSeconds(3), 2, default));
        Assert.Equal(1, await storage.SweepKeysAsync(Mail.Noon.AddSeconds(3), 2, default));
        Assert.Equal(0, await storage.SweepKeysAsync(Mail.Noon.AddSeconds(3), 2, default));
        Assert.Equal(3, await CountAsync("idempotency"));

        var sweep = new KeySweep(storage, NullLogger.Instance, new SetTime(Mail.Noon.AddDays(1).AddMinutes(1)));
        await sweep.SweepAsync(default);
        Assert.Equal((6, 1), (await CountAsync("message"), await CountAsync("idempotency")));
    }
}
