using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the scans of operators' actions, on every engine and in the fake.</summary>
public abstract class ScanContract : ContractBench
{
    private protected ScanContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task Queues_with_parts_are_listed_once_in_the_order_of_their_keys_page_by_page()
    {
        var settled = Mail.Message("gone.test");
        await StoreAsync(Mail.Message("b.test", "a.test"), Mail.Message("a.test", "c.test"), Mail.Message("a-b.test"), settled);
        await SettleAsync(settled, part: 0);
        List<QueueKey> listed = [];
        QueueKey? after = null;
        while (await Spool.Scanner.ListQueuesAsync(after, 2, default) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 2);
            listed.AddRange(page);
            after = page[^1];
        }

        Assert.Equal(
            new[] { "a-b.test", "a.test", "b.test", "c.test" }.Select(Mail.Queue).OrderBy(queue => queue.Value, StringComparer.Ordinal),
            listed);
    }

    [Fact]
    public async Task Parts_are_scanned_with_their_senders_page_by_page_also_when_they_are_marked()
    {
        var null_path = Mail.Notification("a.test");
        var user = Mail.Message(Mail.Noon.AddSeconds(1), "x", "a.test", "b.test");
        user = user with
        {
            Envelope = user.Envelope with { Acceptance = new AcceptanceDetails("submission", "", "", "ada", "") },
        };
        await StoreAsync(null_path, user);
        await Spool.MarkHandedOffAsync([user.Part(0)], default);
        List<ScannedPart> listed = [];
        PartId? after = null;
        while (await Spool.Scanner.ScanAsync(after, 2, default) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 2);
            listed.AddRange(page);
            after = page[^1].Id;
        }

        ScannedPart[] expected =
        [
            new(null_path.Part(), "", ""), new(user.Part(0), "sender@example.org", "ada"),
            new(user.Part(1), "sender@example.org", "ada"),
        ];
        Assert.Equal(expected, listed);
    }

    [Fact]
    public async Task A_part_with_an_empty_queue_key_stands_before_the_parts_of_its_message()
    {
        var (first, second) = (Mail.Message(Mail.Noon, "x", "a.test"), Mail.Message(Mail.Noon.AddSeconds(1), "x", "a.test", "b.test"));
        await StoreAsync(first, second);
        Assert.Equal(
            [second.Part(0), second.Part(1)],
            (await Spool.Scanner.ScanAsync(new PartId(second.Id, default), 10, default)).Select(part => part.Id));
    }
}
