using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public class SweeperStateTests
{
    private static readonly DateTimeOffset Started = Parts.Noon;
    private static readonly DateTimeOffset Later = Started.AddMinutes(10);

    private readonly SweeperState _state = new(Started);

    [Fact]
    public void The_first_sweep_takes_all_that_was_accepted_before_the_start()
    {
        Assert.Equal(new SweepStep.Read(Started, null), _state.Begin(Started.AddSeconds(1)));
        _state.ReadFailed();
        Assert.Equal(new SweepStep.Read(Started, null), _state.Begin(Started.AddSeconds(31)));
    }

    [Fact]
    public void Later_sweeps_leave_parts_to_their_frontends_for_a_while()
    {
        _state.Begin(Started.AddSeconds(1));
        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), _state.PageRead([]));
        Assert.Equal(new SweepStep.Read(Later - SweeperState.Deadline, null), _state.Begin(Later));
    }

    [Fact]
    public void Parts_of_a_frontend_that_left_are_swept_soon()
    {
        _state.Begin(Started.AddSeconds(1));
        _state.PageRead([]);
        Assert.Equal(new SweepStep.Pause(SweeperState.Soon), _state.FrontendGone(Later));
        Assert.Equal(new SweepStep.Read(Later, null), _state.Begin(Later.AddSeconds(2)));
        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), _state.PageRead([]));
        var muchLater = Later.AddMinutes(10);
        Assert.Equal(new SweepStep.Read(muchLater - SweeperState.Deadline, null), _state.Begin(muchLater));
    }

    [Fact]
    public void A_frontend_that_leaves_during_a_sweep_is_followed_by_another_sweep_soon()
    {
        _state.Begin(Later);
        var offered = Offered(_state.PageRead([Parts.Unclaimed("a.test")]));
        Assert.IsType<SweepStep.None>(_state.FrontendGone(Later.AddSeconds(3)));
        Assert.Equal(new SweepStep.Pause(SweeperState.Soon), _state.Acknowledge(Parts.Acknowledge(offered[0])));
        Assert.Equal(new SweepStep.Read(Later.AddSeconds(3), null), _state.Begin(Later.AddSeconds(5)));
        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), _state.PageRead([]));
    }

    [Fact]
    public void Sweeps_have_growing_pauses_until_all_queues_answer()
    {
        List<double> pauses = [];
        for (var i = 0; i < 6; i++)
        {
            _state.Begin(Later);
            Offered(_state.PageRead([Parts.Unclaimed("silent.test")]));
            pauses.Add(Assert.IsType<SweepStep.Pause>(_state.PageOver()).Time.TotalSeconds);
        }

        Assert.Equal([2, 4, 8, 16, 30, 30], pauses);
        _state.Begin(Later);
        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), _state.PageRead([]));
    }

    [Fact]
    public void A_page_is_offered_by_queue_and_as_repeats()
    {
        _state.Begin(Later);
        PendingPart[] page = [Parts.Unclaimed("a.test"), Parts.Unclaimed("b.test"), Parts.Unclaimed("a.test")];
        var offered = Offered(_state.PageRead(page));
        Assert.Equal(["a.test", "b.test"], offered.Select(enqueue => enqueue.Queue.Domain));
        Assert.Equal(page.Select(part => part.Part.Message).Order(), offered.SelectMany(e => e.Parts).Select(part => part.Message).Order());
        Assert.All(offered.SelectMany(enqueue => enqueue.Parts), part => Assert.True(part.IsRepeat));
    }

    [Fact]
    public void The_next_page_is_read_when_the_last_part_is_acknowledged_and_not_before()
    {
        _state.Begin(Later);
        var page = Page("a.test", "b.test");
        var offered = Offered(_state.PageRead(page));
        Assert.IsType<SweepStep.None>(_state.Acknowledge(Parts.Acknowledge(offered[0])));
        Assert.Equal(250, _state.Out);
        var read = Assert.IsType<SweepStep.Read>(_state.Acknowledge(Parts.Acknowledge(offered[1])));
        Assert.Equal(page[^1].Id, read.After);
        Assert.Equal(0, _state.Out);
        // Repeated acknowledgements do not read another page.
        Assert.IsType<SweepStep.None>(_state.Acknowledge(Parts.Acknowledge(offered[1])));
    }

    [Fact]
    public void The_sweep_ends_with_a_page_that_is_not_full()
    {
        _state.Begin(Later);
        var offered = Offered(_state.PageRead([Parts.Unclaimed("a.test")]));
        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), _state.Acknowledge(Parts.Acknowledge(offered[0])));
        Assert.Equal(1, _state.Offered);
    }

    [Fact]
    public void A_queue_that_does_not_answer_holds_up_one_page_and_no_more()
    {
        _state.Begin(Later);
        var offered = Offered(_state.PageRead(Page("silent.test", "a.test")));
        _state.Acknowledge(Parts.Acknowledge(offered[1]));
        Assert.IsType<SweepStep.Read>(_state.PageOver());
        Assert.Equal(0, _state.Out);

        var next = Offered(_state.PageRead(Page("silent.test", "a.test")));
        Assert.Equal("a.test", Assert.Single(next).Queue.Domain);
        Assert.IsType<SweepStep.Read>(_state.Acknowledge(Parts.Acknowledge(next[0])));
        // A page with no other part is skipped at once.
        Assert.IsType<SweepStep.Read>(_state.PageRead(Page("silent.test")));
        Assert.Equal(250 + SweeperState.PageSize, _state.PassedOver);
    }

    [Fact]
    public void A_silent_queue_is_offered_its_parts_again_when_it_answers_or_with_the_next_sweep()
    {
        _state.Begin(Later);
        var offered = Offered(_state.PageRead(Page("a.test")));
        _state.PageOver();
        _state.Acknowledge(Parts.Acknowledge(offered[0]));
        Assert.Single(Offered(_state.PageRead(Page("a.test"))));

        _state.PageOver();
        Assert.IsType<SweepStep.Pause>(_state.PageRead([Parts.Unclaimed("a.test")]));
        _state.Begin(Later);
        Assert.Single(Offered(_state.PageRead(Page("a.test"))));
    }

    [Fact]
    public void A_storage_that_fails_is_asked_with_growing_pauses_until_it_answers()
    {
        List<double> pauses = [];
        for (var i = 0; i < 6; i++)
        {
            _state.Begin(Later);
            pauses.Add(Assert.IsType<SweepStep.Pause>(_state.ReadFailed()).Time.TotalSeconds);
        }

        Assert.Equal([30, 60, 120, 240, 300, 300], pauses);
        _state.Begin(Later);
        _state.PageRead([]);
        _state.Begin(Later);
        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), _state.ReadFailed());
    }

    [Fact]
    public void A_million_rows_are_swept_with_one_page_in_memory()
    {
        var step = _state.Begin(Later);
        var rows = 0;
        var seen = new HashSet<MessageId>();
        while (step is SweepStep.Read)
        {
            var page = Enumerable.Range(0, Math.Min(SweeperState.PageSize, 1_000_000 - rows)).Select(i => Parts.Unclaimed($"{i % 7}.test"))
                .ToArray();
            rows += page.Length;
            step = _state.PageRead(page);
            if (step is not SweepStep.Offer offer) continue;
            Assert.InRange(_state.Out, 1, SweeperState.PageSize);
            foreach (var enqueue in offer.Messages)
            {
                seen.UnionWith(enqueue.Parts.Select(part => part.Message));
                step = _state.Acknowledge(Parts.Acknowledge(enqueue));
            }
        }

        Assert.Equal(new SweepStep.Pause(SweeperState.Interval), step);
        Assert.Equal(1_000_000, seen.Count);
        Assert.Equal(1_000_000, _state.Offered);
    }

    private static IReadOnlyList<Enqueue> Offered(SweepStep step) => Assert.IsType<SweepStep.Offer>(step).Messages;

    // A full page, the parts spread evenly over the domains.
    private static PendingPart[] Page(params string[] domains) =>
        [.. Enumerable.Range(0, SweeperState.PageSize).Select(i => Parts.Unclaimed(domains[i % domains.Length]))];
}
