using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>The order in which due messages are sent (RFC 6710 section 5.1).</summary>
public sealed class PriorityTests
{
    private readonly QueueDriver _queue = new();

    [Fact]
    public void Higher_priorities_are_sent_first_and_equal_ones_in_the_order_of_arrival()
    {
        Offer(0, -9, 9, 0, 4, 9);
        Assert.Equal([9, 9, 4, 0, 0, -9], Sent(6));
        var ids = Offer(3, 3);
        Assert.Equal(ids, _queue.Grant(2).TakeJobs().Select(job => job.Message));
    }

    [Fact]
    public void One_of_eight_messages_is_the_one_that_is_due_for_longest()
    {
        Offer(-9, -9, -9);
        _queue.Now += TimeSpan.FromSeconds(1);
        Offer([.. Enumerable.Repeat(9, 30)]);
        var sent = Sent(24);
        Assert.Equal(3, sent.Count(priority => priority == -9));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(-9, sent[8 * i + 7]));
    }

    [Fact]
    public void Order_holds_after_a_restart_from_events_and_from_a_checkpoint()
    {
        var ids = Offer(0, -1, 5);
        _queue.Restart().Route();
        Assert.Equal([5], Sent(1));
        _queue.End(ids[2], 1, QueueDriver.Delivered(0));
        var checkpoint = Checkpoints.Write(_queue.State);
        _queue.Journal.Clear();
        _queue.Journal.AddRange(checkpoint);
        _queue.Restart().Route();
        Assert.Equal([0, -1], Sent(2));
    }

    [Fact]
    public void Messages_on_hold_leave_the_line_and_the_others_keep_their_order()
    {
        var ids = Offer(1, 2, 3, 0);
        _queue.Act(5, MessageAction.Hold, ids[1], ids[3]);
        Assert.Equal([3, 1], Sent(4));
        Assert.Equal(0, _queue.Machine.Due);
    }

    [Fact]
    public void Description_names_the_next_messages_in_their_order()
    {
        var ids = Offer(0, 7, -7);
        Assert.Equal([ids[1], ids[0], ids[2]], _queue.Machine
                .Describe(new DescribeQueue(QueueDriver.Queue, 10), _queue.Now).Messages.Select(message => message.Message));
    }

    private List<MessageId> Offer(params int[] priorities)
    {
        var ids = priorities.Select(_ => _queue.NewId()).ToList();
        foreach (var (id, priority) in ids.Zip(priorities)) _queue.Offer(new QueuedPart(id, 1, _queue.Now) { Priority = priority });
        _queue.Route();
        return ids;
    }

    private List<int> Sent(int credits) =>
        [.. _queue.Grant(credits).TakeJobs().Select(job => _queue.State.Find(job.Message)!.Part.Priority)];
}
