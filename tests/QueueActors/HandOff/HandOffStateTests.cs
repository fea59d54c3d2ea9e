using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public sealed class HandOffStateTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");
    private static readonly QueueKey Other = QueueKey.FromTrusted("default:b.test");

    [Fact]
    public void A_part_is_sent_at_once_and_then_again_as_a_repeat_with_growing_pauses()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        var sent = new List<(double At, bool IsRepeat)>();
        while (state.NextDue is { } due && sent.Count < 8)
        {
            var now = new DateTimeOffset(due, TimeSpan.Zero);
            foreach (var enqueue in state.TakeDue(now)) sent.Add(((now - Epoch).TotalSeconds, Assert.Single(enqueue.Parts).IsRepeat));
        }

        Assert.Equal([(0, false), (1, true), (3, true), (7, true), (15, true), (31, true), (61, true), (91, true)], sent);
    }

    [Fact]
    public void Nothing_is_sent_before_it_is_due()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        Assert.Single(state.TakeDue(Epoch));
        Assert.Empty(state.TakeDue(Epoch.AddSeconds(0.999)));
        Assert.Single(state.TakeDue(Epoch.AddSeconds(1)));
    }

    [Fact]
    public void The_first_repeat_waits_for_as_long_as_queues_take_to_answer()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        state.Offer(Part(2), Epoch);
        state.TakeDue(Epoch);
        // Part 2 was sent when answers were quick. Later slow answers to other parts do not change its own pause.
        state.Acknowledge(new Enqueued(Queue, [Id(1)]), Epoch.AddMilliseconds(900));
        Assert.Empty(state.TakeDue(Epoch.AddSeconds(1)));
        Assert.Equal(Epoch.AddMilliseconds(2800).UtcTicks, state.NextDue);
        Assert.True(Assert.Single(Assert.Single(state.TakeDue(Epoch.AddMilliseconds(2800))).Parts).IsRepeat);
        // After a repeat the answer may belong to either offer.
        state.Acknowledge(new Enqueued(Queue, [Id(2)]), Epoch.AddSeconds(20));
        state.Offer(Part(3), Epoch.AddSeconds(20));
        state.TakeDue(Epoch.AddSeconds(20));
        Assert.Equal(Epoch.AddMilliseconds(22_800).UtcTicks, state.NextDue);
    }

    [Fact]
    public void Repeats_become_faster_when_queues_answer_faster()
    {
        var state = State();
        for (var i = 0; i < 1000; i++)
        {
            state.Offer(Part(i), Epoch);
            state.TakeDue(Epoch);
            state.Acknowledge(new Enqueued(Queue, [Id(i)]), Epoch.AddSeconds(i == 0 ? 100 : 0.001));
        }

        state.Offer(Part(1000), Epoch);
        state.TakeDue(Epoch);
        Assert.InRange(new DateTimeOffset(state.NextDue!.Value, TimeSpan.Zero), Epoch.AddSeconds(1), Epoch.AddSeconds(1.1));
    }

    [Fact]
    public void The_longest_pause_bounds_every_measured_answer_time()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        state.Offer(Part(2), Epoch);
        state.TakeDue(Epoch);
        state.Acknowledge(new Enqueued(Queue, [Id(1)]), Epoch.AddHours(1));
        Assert.Empty(state.TakeDue(Epoch.AddSeconds(26)));
        Assert.Single(state.TakeDue(Epoch.AddSeconds(30)));
    }

    [Fact]
    public void Fresh_counts_parts_that_were_not_repeated()
    {
        var state = State();
        for (var i = 1; i <= 4; i++) state.Offer(Part(i), Epoch, isRepeat: i == 4);
        Assert.Equal(3, state.Fresh);
        state.TakeDue(Epoch);
        state.Acknowledge(new Enqueued(Queue, [Id(1), Id(4)]), Epoch);
        Assert.Equal((2, 2), (state.Count, state.Fresh));
        state.TakeDue(Epoch.AddSeconds(1));
        Assert.Equal((2, 0), (state.Count, state.Fresh));
        state.Acknowledge(new Enqueued(Queue, [Id(2)]), Epoch.AddSeconds(1));
        state.TakeDue(Epoch + HandOffLifecycle.GiveUpAfter + TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), (state.Count, state.Fresh));
    }

    [Fact]
    public void An_acknowledged_part_is_forgotten_and_only_in_its_own_queue()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        state.Offer(Part(1, Other), Epoch);
        Assert.Equal(2, state.TakeDue(Epoch).Count);
        state.Acknowledge(new Enqueued(Queue, [Id(1), Id(9)]), Epoch);
        Assert.Equal(1, state.Count);
        Assert.Equal(Other, Assert.Single(state.TakeDue(Epoch.AddSeconds(1))).Queue);
        state.Acknowledge(new Enqueued(Other, [Id(1)]), Epoch);
        Assert.Empty(state.TakeDue(Epoch.AddHours(1)));
        Assert.Null(state.NextDue);
        Assert.Equal(0, state.LeftToSweeper());
    }

    [Fact]
    public void A_part_that_is_offered_twice_is_one_part()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        state.Offer(Part(1), Epoch);
        Assert.Single(Assert.Single(state.TakeDue(Epoch)).Parts);
    }

    [Fact]
    public void Parts_beyond_the_window_are_left_to_the_sweeper_until_there_is_room()
    {
        var state = State(window: 2);
        for (var i = 1; i <= 3; i++) state.Offer(Part(i), Epoch);
        Assert.Equal((2, 1L), (state.Count, state.LeftToSweeper()));
        state.Acknowledge(new Enqueued(Queue, [Id(1)]), Epoch);
        state.Offer(Part(4), Epoch);
        Assert.Equal([Id(2), Id(4)], Assert.Single(state.TakeDue(Epoch)).Parts.Select(part => part.Message).Order());
    }

    [Fact]
    public void A_part_that_no_queue_takes_is_left_to_the_sweeper_after_its_time()
    {
        var state = State();
        state.Offer(Part(1), Epoch);
        state.TakeDue(Epoch);
        Assert.Single(state.TakeDue(Epoch + HandOffLifecycle.GiveUpAfter));
        Assert.Empty(state.TakeDue(Epoch + HandOffLifecycle.GiveUpAfter + TimeSpan.FromMinutes(1)));
        Assert.Equal((0, 1L), (state.Count, state.LeftToSweeper()));
    }

    [Fact]
    public void Many_parts_of_a_queue_are_sent_in_messages_of_bounded_size()
    {
        var state = State(window: 2000);
        for (var i = 1; i <= 1201; i++) state.Offer(Part(i), Epoch);
        Assert.Equal([500, 500, 201], state.TakeDue(Epoch).Select(enqueue => enqueue.Parts.Count));
    }

    [Fact]
    public void The_pauses_vary_by_a_tenth_each_way()
    {
        Check.Sample(Gen.Double[0, 1], random =>
        {
            var state = new HandOffState(10, HandOffLifecycle.GiveUpAfter, () => random);
            state.Offer(Part(1), Epoch);
            state.TakeDue(Epoch);
            Assert.InRange(TimeSpan.FromTicks(state.NextDue!.Value - Epoch.UtcTicks).TotalSeconds, 0.9, 1.1);
        });
    }

    [Fact]
    public void A_queue_hears_of_its_parts_in_the_order_of_their_coming()
    {
        var state = State();
        for (var i = 1; i <= 100; i++) state.Offer(Part(i), Epoch);
        Assert.Equal(Enumerable.Range(1, 100).Select(Id), Assert.Single(state.TakeDue(Epoch)).Parts.Select(part => part.Message));
    }

    [Fact]
    public void At_full_speed_memory_holds_the_window_and_not_all_that_passed_in_a_pause()
    {
        var state = State();
        state.Offer(Part(0), Epoch);
        for (var i = 1; i <= 100_000; i++)
        {
            state.Offer(Part(i), Epoch);
            state.TakeDue(Epoch);
            state.Acknowledge(new Enqueued(Queue, [Id(i)]), Epoch);
            Assert.InRange(state.Held, 1, 2 * 100 + 1025);
        }

        Assert.Equal(new(100_001, 0, 0, 0), state.Counts);
        Assert.Equal(Id(0), Assert.Single(Assert.Single(state.TakeDue(Epoch.AddSeconds(2))).Parts).Message);
    }

    /// <summary>Offers, losses, repeats and acknowledgements in any order: no part is ever in none of the three places.</summary>
    [Fact]
    public void Every_part_is_acknowledged_pending_or_left_to_the_sweeper()
    {
        const int window = 8;
        var step = Gen.Select(
            Gen.Frequency((4, Gen.Const('o')), (3, Gen.Const('a')), (3, Gen.Const('t'))), Gen.Int[1, 30], Gen.Int[0, 40_000]);
        Check.Sample(step.Array[0, 200], steps =>
        {
            var state = State(window);
            var pending = new Dictionary<MessageId, (DateTimeOffset Since, DateTimeOffset SentAt, DateTimeOffset Due, int Sent)>();
            var (now, offered, acknowledged, left, slowest) = (Epoch, 0, 0, 0L, 0L);
            double Answer() => Math.Min(TimeSpan.FromSeconds(1).Ticks + 2.0 * slowest, TimeSpan.FromSeconds(30).Ticks);
            foreach (var (kind, number, milliseconds) in steps)
            {
                switch (kind)
                {
                    case 'o':
                        state.Offer(Part(number), now);
                        if (pending.ContainsKey(Id(number))) break;
                        offered++;
                        if (pending.Count < window) pending.Add(Id(number), (now, now, now, 0));
                        else left++;
                        break;
                    case 'a':
                        state.Acknowledge(new Enqueued(Queue, [Id(number)]), now);
                        if (!pending.Remove(Id(number), out var done)) break;
                        acknowledged++;
                        var took = (now - done.SentAt).Ticks;
                        if (done.Sent == 1) slowest = took >= slowest ? took : slowest - (slowest - took) / 64;
                        break;
                    default:
                        now += TimeSpan.FromMilliseconds(milliseconds);
                        var expected = new List<(MessageId, bool)>();
                        foreach (var (id, part) in pending.Where(entry => entry.Value.Due <= now).ToList())
                        {
                            if (part.Sent == 1 && (now - part.SentAt).Ticks < (long)(0.9 * Answer()))
                            {
                                pending[id] = part with { Due = part.SentAt.AddTicks((long)Answer()) };
                                continue;
                            }

                            if (now - part.Since > HandOffLifecycle.GiveUpAfter)
                            {
                                pending.Remove(id);
                                left++;
                                continue;
                            }

                            expected.Add((id, part.Sent > 0));
                            var pause = Math.Min(TimeSpan.FromSeconds(30).Ticks, Answer() * Math.Pow(2, part.Sent));
                            pending[id] = (part.Since, now, now.AddTicks((long)pause), part.Sent + 1);
                        }

                        var sent = state.TakeDue(now).SelectMany(enqueue => enqueue.Parts).Select(part => (part.Message, part.IsRepeat));
                        Assert.Equal(expected.Order(), sent.Order());
                        break;
                }

                Assert.Equal((pending.Count, left), (state.Count, state.LeftToSweeper()));
                Assert.Equal(pending.Values.Count(part => part.Sent < 2), state.Fresh);
                Assert.InRange(state.Count, 0, window);
                Assert.Equal(offered, acknowledged + state.Count + state.LeftToSweeper());
            }
        });
    }

    private static HandOffState State(int window = 100) => new(window, HandOffLifecycle.GiveUpAfter, () => 0.5);

    private static MessageId Id(int number) => MessageId.FromHalves(1, (ulong)number);

    private static PendingPart Part(int number, QueueKey? queue = null) => new(queue ?? Queue, new QueuedPart(Id(number), 1, Epoch));
}
