using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The promises of the spool about damaged rows, its cache and its end, on both engines.</summary>
public abstract class DamageContract : SpoolBench
{
    private protected DamageContract(ISpoolPlace place) : base(place)
    {
    }

    [Fact]
    public async Task The_cache_gives_a_part_out_once_and_then_the_storage_is_asked()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        var first = await Spool.ReadAsync(message.Part(), default);
        var second = await Spool.ReadAsync(message.Part(), default);

        Assert.Same(message.Content, first!.Content);
        Assert.NotSame(message.Content, second!.Content);
        Mail.AssertSame(message, second);
    }

    [Fact]
    public async Task A_damaged_row_is_corrupt_and_other_rows_are_read()
    {
        var broken = Mail.Message("a.test");
        var whole = Mail.Message("b.test");
        await StoreAsync(broken, whole);
        await ReopenAsync();
        await ExecuteAsync("UPDATE part SET envelope = message.body FROM message WHERE id = message_id AND queue_key = 'default:a.test'");

        var e = await Assert.ThrowsAsync<CorruptPartException>(async () => await Spool.ReadAsync(broken.Part(), default));
        Assert.Contains(broken.Part().ToString(), e.Message, StringComparison.Ordinal);
        Mail.AssertSame(whole, await Spool.ReadAsync(whole.Part(), default));
        Assert.True((await SettleAsync(broken)).Applied);
    }

    [Fact]
    public async Task A_part_whose_message_is_missing_is_corrupt_not_settled()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        await ReopenAsync();
        await ExecuteAsync("DELETE FROM message");
        await Assert.ThrowsAsync<CorruptPartException>(async () => await Spool.ReadAsync(message.Part(), default));
    }

    [Fact]
    public async Task A_stopped_spool_accepts_no_writes()
    {
        await Spool.DisposeAsync();
        Assert.Equal(StoreResult.Unavailable, await Spool.StoreAsync(Mail.Message("a.test"), default));
        await Assert.ThrowsAsync<SpoolUnavailableException>(async () => await SettleAsync(Mail.Message("a.test")));
    }

    [Fact]
    public async Task Damaged_rows_are_described_and_kept()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        await Spool.SettleAsync(message.Noted(0), default);
        await ExecuteAsync(
            "UPDATE message SET envelope = pending_report.content FROM pending_report WHERE message.id = pending_report.message_id");
        await AssertCorruptAsync();
        await ExecuteAsync("DELETE FROM message");
        await AssertCorruptAsync();
        Assert.Equal(1, await CountAsync("pending_report"));

        async Task AssertCorruptAsync()
        {
            var e = await Assert.ThrowsAsync<CorruptPartException>(async () => await Spool.ReadPendingAsync(message.Id, 0, default));
            Assert.Contains(message.Id.ToString(), e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Damaged_rows_are_skipped_at_every_position()
    {
        var messages = Enumerable.Range(0, 12).Select(i => Mail.Message(Mail.Noon.AddMilliseconds(i), "x", $"d{i}.test")).ToArray();
        await StoreAsync(messages);
        foreach (var i in new[] { 0, 3, 4, 5, 6, 11 })
            await ExecuteAsync(
                $"UPDATE part SET {(i == 4 ? "recipients = 0" : "queue_key = 'broken" + i + "'")} WHERE queue_key = 'default:d{i}.test'");

        List<string> listed = [];
        PartId? after = null;
        while (await Spool.FindUnclaimedAsync(Mail.Noon.AddSeconds(1), after, 3, default) is { Count: > 0 } page)
        {
            listed.AddRange(page.Select(part => part.Queue.Domain));
            after = page[^1].Id;
        }

        Assert.Equal(["d1.test", "d2.test", "d7.test", "d8.test", "d9.test", "d10.test"], listed);
    }

    [Fact]
    public async Task Rows_whose_time_is_none_are_passed_over()
    {
        var messages = Enumerable.Range(0, NoTimes.Count + 2).Select(i => Mail.Message(Mail.Noon.AddMilliseconds(i), "x", $"d{i}.test"))
            .ToArray();
        await StoreAsync(messages);
        for (var i = 0; i < NoTimes.Count; i++)
            await ExecuteAsync($"UPDATE part SET accepted_at = {NoTimes[i]} WHERE queue_key = 'default:d{i + 1}.test'");

        var page = await Spool.FindUnclaimedAsync(Mail.Noon.AddSeconds(1), null, 2, default);
        Assert.Equal([messages[0].Part(), messages[^1].Part()], page.Select(part => part.Id));
    }
}
