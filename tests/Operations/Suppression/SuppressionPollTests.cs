using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Mail;
using Postfleet.Core.Suppression;
using Postfleet.Operations.Suppression;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Operations.Tests.Suppression;

/// <summary>The polls of a node for entries that other nodes have made.</summary>
public sealed class SuppressionPollTests : SuppressionBench
{
    [Fact]
    public async Task Without_polls_recipients_are_looked_up_and_mail_waits_while_the_storage_is_away()
    {
        await PutAsync("ann@a.test");
        await StartAsync();
        Store.Fault = new SpoolUnavailableException("the storage is away");
        await AdvanceAsync(SuppressionFilter.TrustedFor);
        Assert.Empty(await FindAsync("bob@a.test"));
        await Assert.ThrowsAsync<SuppressionUnavailableException>(() => FindAsync("ann@a.test"));
        await PollAsync();
        await Assert.ThrowsAsync<SuppressionUnavailableException>(() => FindAsync("bob@a.test"));
        Assert.True(List.MayConcern(Bulk, Mailbox.Parse("bob@a.test")));
        await LoggedAsync("suppressions unknown");
        await PollAsync();
        Assert.Equal(1, Logged("suppressions unknown"));
        await Assert.ThrowsAsync<SuppressionUnavailableException>(
            () => List.CountAsync(Bulk, Message(1), [Failure("ann@a.test", "unknown-user")], default).AsTask());

        Store.Fault = null;
        await PollAsync();
        await LoggedAsync("suppressions known again");
        Store.Found.Clear();
        Assert.Empty(await FindAsync("bob@a.test"));
        Assert.Empty(Store.Found);
    }

    [Fact]
    public async Task The_polls_survive_any_exception_and_say_so()
    {
        await StartAsync();
        foreach (var fault in (Exception[])[new InvalidOperationException("a fault"), new OperationCanceledException("of a query")])
        {
            Store.Fault = fault;
            await PollAsync();
        }

        Assert.Same(typeof(InvalidOperationException), Log.Lines.Single(line => line.Name == "suppressions fault").Cause!.GetType());
        Assert.Equal(LogLevel.Error, Log.Lines.Single(line => line.Name == "suppressions fault").Level);
        Store.Fault = null;
        await PutAsync("ann@a.test");
        await PollAsync();
        await LoggedAsync("suppressions known again");
        Assert.Single(await FindAsync("ann@a.test"));
    }

    [Fact]
    public async Task All_entries_are_read_again_after_the_storage_has_lost_changes()
    {
        await PutAsync("ann@a.test");
        await StartAsync();
        Assert.Single(await FindAsync("ann@a.test"));
        Store.Lose();
        // The number of the lost change is used again.
        await PutAsync("bob@a.test");
        await PollAsync();
        Assert.Single(await FindAsync("bob@a.test"));
        Assert.Empty(await FindAsync("ann@a.test"));
    }

    [Fact]
    public async Task More_entries_than_a_page_are_read_by_one_poll()
    {
        var names = Enumerable.Range(0, SuppressionPoller.PageSize + 1).Select(i => new SuppressionKey($"u{i}@a.test", "")).ToArray();
        foreach (var piece in names.Chunk(ISuppressionStore.MaxBatch))
            await OtherNode.WriteAsync([.. piece.Select(key => new SuppressionPut(key, "x", "api:x", null))], default);
        await StartAsync();
        Assert.Single(await FindAsync($"u{SuppressionPoller.PageSize}@a.test"));
        Assert.Equal(1, List.Polls);
    }
}
