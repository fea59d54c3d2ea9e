using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Commit;

/// <summary>The sweeps of all tables over a storage with faults.</summary>
public sealed class KeySweepTests
{
    [Fact]
    public async Task A_table_that_fails_holds_up_no_other_table()
    {
        var storage = new FakeStorage();
        await using var sweep = new KeySweep(storage, NullLogger.Instance, new SetTime(Mail.Noon));

        var faults = await Assert.ThrowsAsync<AggregateException>(() => sweep.SweepAsync(default));
        Assert.Contains(faults.InnerExceptions, fault => fault is IOException);
        Assert.Equal(1, ((NoSiteStates)storage.SiteStates).Sweeps);
    }
}
