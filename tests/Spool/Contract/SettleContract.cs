
namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the spool about settling, on every engine and in the fake.</summary>
public abstract class SettleContract : ContractBench
{
    private protected SettleContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task Parts_settle_separately_and_the_last_part_deletes_the_body()
    {
        var message = Mail.Message("a.test", "b.test", "c.test");
        await StoreAsync(message);
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false), await SettleAsync(message, part: 1));
        Assert.True(await HasAsync(message, 0));
        Assert.False(await HasAsync(message, 1));

        await SettleAsync(message, part: 0);
        Assert.Equal(1, await CountAsync("message"));
        await SettleAsync(message, part: 2);
        Assert.Equal(0, await CountAsync("part"));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task Repeating_a_settlement_changes_nothing()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        Assert.True((await SettleAsync(message)).Applied);
        Assert.Equal(default, await SettleAsync(message));
        Assert.Equal(1, await CountAsync("part"));
    }

    [Fact]
    public async Task A_notification_is_stored_once_however_often_it_is_settled()
    {
        var message = Mail.Message("a.test");
        var notification = Mail.Notification();
        await StoreAsync(message);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SettleAsync(message, notification: notification)));

        Assert.Single(results, new SettlementResult(Applied: true, IsReportDue: false));
        Assert.Equal(19, results.Count(result => result == default));
        Assert.Equal(1, await CountAsync("message"));
        await ReopenAsync();
        Mail.AssertSame(notification, await Spool.ReadAsync(notification.Part(), default));
    }

    [Fact]
    public async Task A_report_that_is_not_final_keeps_the_part_and_its_number()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        var third = Mail.Notification();
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false),
            await SettleAsync(message, attempt: 3, final: false, notification: third));
        Assert.Equal(default, await SettleAsync(message, attempt: 3, final: false, notification: Mail.Notification()));
        Assert.Equal(default, await SettleAsync(message, attempt: 2, final: true, notification: Mail.Notification()));
        Assert.True(await HasAsync(message));
        Assert.Equal(2, await CountAsync("message"));

        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false),
            await SettleAsync(message, attempt: 4, notification: Mail.Notification()));
        Assert.False(await HasAsync(message));
        Assert.Equal(2, await CountAsync("message"));
    }

    [Fact]
    public async Task Concurrent_reports_on_a_part_apply_in_the_order_of_the_calls()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        var results = await Task.WhenAll(Enumerable.Range(1, 10).Select(attempt =>
            SettleAsync(message, attempt, final: attempt == 10, notification: Mail.Notification())));

        Assert.All(results, result => Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false), result));
        Assert.Equal(10, await CountAsync("message"));
    }

    [Fact]
    public async Task A_notification_of_a_part_that_is_gone_is_not_stored()
    {
        Assert.Equal(default, await SettleAsync(Mail.Message("a.test"), notification: Mail.Notification()));
        Assert.Equal(0, await CountAsync("message"));
        Assert.Equal(0, await CountAsync("part"));
    }

    [Fact]
    public async Task Last_parts_settled_at_the_same_time_leave_no_rows()
    {
        var messages = Enumerable.Range(0, 300).Select(_ => Mail.Message("a.test", "b.test", "c.test")).ToArray();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        await Task.WhenAll(
            messages.SelectMany(message => Enumerable.Range(0, 3).Select(part => Task.Run(() => SettleAsync(message, part: part)))));

        Assert.Equal(0, await CountAsync("part"));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task Settling_marking_and_storing_share_transactions_without_disturbing_each_other()
    {
        var messages = Enumerable.Range(0, 300).Select(_ => Mail.Message("a.test", "b.test")).ToArray();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        List<Task> work = [];
        foreach (var message in messages)
        {
            work.Add(Spool.MarkHandedOffAsync([message.Part(1)], default).AsTask());
            work.Add(SettleAsync(message, notification: Mail.Notification()));
            work.Add(StoreAsync(Mail.Message("c.test")));
        }

        await Task.WhenAll(work);
        Assert.Equal(900, await CountAsync("part"));
        var unclaimed = await Spool.FindUnclaimedAsync(Mail.Noon.AddSeconds(1), null, 10_000, default);
        Assert.Equal(600, unclaimed.Count);
        Assert.DoesNotContain(unclaimed, part => part.Queue == Mail.Queue("b.test"));
    }
}
