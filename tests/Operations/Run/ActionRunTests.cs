using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Book;
using Postfleet.Operations.Run;
using Xunit;

namespace Postfleet.Operations.Tests.Run;

/// <summary>How an action on messages goes through queues and messages.</summary>
public sealed class ActionRunTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey A = QueueKey.FromTrusted("default:a.example");
    private static readonly QueueKey B = QueueKey.FromTrusted("default:b.example");

    [Fact]
    public void A_page_is_kept_once_all_its_queues_have_confirmed()
    {
        var run = Run(ActionSelector.None with { Stream = "default" });
        var sent = run.Loaded(new RunPage([new(A, []), new(B, [])], B.Value, false));
        Assert.Equal([A, B], sent.Select(output => output.Order!.Queue));
        Assert.All(sent, output => Assert.Equal((7, MessageAction.Hold, Start), (
            output.Order!.Number, output.Order.Action, output.Order.AcceptedBefore)));
        Assert.Empty(run.Confirmed(Answer(sent[0], 3)));
        Assert.Empty(run.Confirmed(Answer(sent[1], 2) with { IsComplete = false }));
        Assert.Equal(B, Assert.Single(run.Repeat()).Order!.Queue);
        var next = run.Confirmed(Answer(sent[1], 4));
        Assert.Equal([RunOutputKind.Advance, RunOutputKind.Load], next.Select(output => output.Kind));
        var kept = next[0].Advanced!;
        Assert.Equal((B.Value, 2, 7L, false), (kept.Cursor, kept.Queues, kept.Messages, kept.IsAtLeast));
    }

    [Fact]
    public void A_run_ends_when_nothing_waits_for_its_queue_any_more()
    {
        var run = Run(ActionSelector.None with { Stream = "default" });
        var unclaimed = run.Loaded(new RunPage([], "", true));
        Assert.Equal((RunOutputKind.Load, RunStage.Unclaimed), (unclaimed[1].Kind, unclaimed[1].Stage));
        var sent = run.Loaded(new RunPage([new(A, [])], "", false));
        var again = run.Confirmed(Answer(sent[0], 1));
        Assert.Equal((RunOutputKind.LoadLater, RunStage.Unclaimed), (again[1].Kind, again[1].Stage));
        // The queue may have taken the part over after its answer: it is told once more.
        var last = run.Loaded(new RunPage([], "", true))[^1];
        Assert.Equal((RunOutputKind.Load, RunStage.Queues, ""), (last.Kind, last.Stage, last.Cursor));
        sent = run.Loaded(new RunPage([new(A, [])], A.Value, true));
        run.Confirmed(Answer(sent[0], 1) with { Held = 1 });
        var end = run.Loaded(new RunPage([], "", true));
        Assert.Equal(RunOutputKind.Done, end[^1].Kind);
        Assert.Equal((0, 2L, 0L), (end[0].Advanced!.Queues, end[0].Advanced!.Messages, end[0].Advanced!.Held));
    }

    [Theory]
    [InlineData((int)RunStage.Queues, "")]
    [InlineData((int)RunStage.Messages, "first")]
    public void Parts_unclaimed_when_the_run_begins_are_looked_for_once_more_at_its_end(int stage, string cursor)
    {
        var selector = stage == (int)RunStage.Queues ? ActionSelector.None with { Stream = "default" }
            : ActionSelector.None with { Sender = "@example.org" };
        var run = new ActionRun(Kept(selector));
        run.Start();
        run.Loaded(new RunPage([], "first", false));
        run.Loaded(new RunPage([], "z", true));
        var again = run.Loaded(new RunPage([], "", true))[^1];
        Assert.Equal((RunOutputKind.Load, (RunStage)stage, cursor), (again.Kind, again.Stage, again.Cursor));
        run.Loaded(new RunPage([], "z", true));
        Assert.Equal(RunOutputKind.Done, run.Loaded(new RunPage([], "", true))[^1].Kind);
    }

    [Fact]
    public void Messages_are_scanned_again_from_the_first_that_no_queue_had()
    {
        var run = Run(ActionSelector.None with { Sender = "@example.org" });
        run.Loaded(new RunPage([], "z", true));
        var again = run.Loaded(new RunPage([], "first", false));
        Assert.Equal((RunOutputKind.LoadLater, RunStage.Messages, "first"), (again[1].Kind, again[1].Stage, again[1].Cursor));
    }

    [Fact]
    public void Messages_of_a_queue_are_sent_in_bounded_orders_one_after_the_other()
    {
        var run = Run(ActionSelector.None with { Sender = "@example.org" });
        var messages = Enumerable.Range(1, 1200).Select(i => MessageId.FromHalves(1, (ulong)i)).ToList();
        var sent = Assert.Single(run.Loaded(new RunPage([new(A, messages)], "", true)));
        Assert.Equal(500, sent.Order!.Messages.Count);
        var second = Assert.Single(run.Confirmed(Answer(sent, 500)));
        Assert.Equal(500, second.Order!.Messages.Count);
        var third = Assert.Single(run.Confirmed(Answer(second, 500)));
        Assert.Equal(200, third.Order!.Messages.Count);
        Assert.Equal(1200, run.Confirmed(Answer(third, 200))[0].Advanced!.Messages);
    }

    [Fact]
    public void The_second_answer_to_a_repeated_order_does_not_confirm_the_next_order()
    {
        var run = Run(ActionSelector.None with { Sender = "@example.org" });
        var messages = Enumerable.Range(1, 600).Select(i => MessageId.FromHalves(1, (ulong)i)).ToList();
        var first = Assert.Single(run.Loaded(new RunPage([new(A, messages)], "", true)));
        Assert.Equal(first, Assert.Single(run.Repeat()));
        var second = Assert.Single(run.Confirmed(Answer(first, 500)));
        Assert.Empty(run.Confirmed(Answer(first, 0)));
        Assert.Equal(second, Assert.Single(run.Repeat()));
        Assert.Equal(600, run.Confirmed(Answer(second, 100))[0].Advanced!.Messages);
    }

    [Fact]
    public void A_new_owner_counts_no_queue_twice_and_says_that_its_counts_are_lower_bounds()
    {
        var selector = ActionSelector.None with { Stream = "default" };
        var run = Run(selector);
        var sent = run.Loaded(new RunPage([new(A, [])], A.Value, true));
        var advanced = run.Confirmed(Answer(sent[0], 3))[0].Advanced!;
        Assert.True(advanced.IsCounted);
        var next = Run(selector, advanced);
        sent = next.Loaded(new RunPage([new(A, [])], "", true));
        advanced = next.Confirmed(Answer(sent[0], 1))[0].Advanced!;
        Assert.Equal((1, 4L, true), (advanced.Queues, advanced.Messages, advanced.IsAtLeast));
    }

    [Fact]
    public void A_new_owner_knows_the_counted_queues_of_single_messages()
    {
        var selector = ActionSelector.None with { Sender = "@example.org" };
        var run = Run(selector);
        var messages = new[] { MessageId.FromHalves(1, 1) };
        var sent = run.Loaded(new RunPage([new(A, messages)], "x", false));
        var advanced = run.Confirmed(Answer(sent[0], 1))[0].Advanced!;
        Assert.Single(advanced.Seen);
        var next = Run(selector, advanced);
        sent = next.Loaded(new RunPage([new(A, messages), new(B, messages)], "y", false));
        next.Confirmed(Answer(sent[0], 1));
        advanced = next.Confirmed(Answer(sent[1], 1))[0].Advanced!;
        Assert.Equal((2, 3L), (advanced.Queues, advanced.Messages));
    }

    [Fact]
    public void Messages_that_cannot_go_are_summed()
    {
        var run = Run(ActionSelector.None with { Stream = "default" });
        var sent = run.Loaded(new RunPage([new(A, [])], A.Value, true));
        var advanced = run.Confirmed(Answer(sent[0], 3) with { Held = 2, Suspended = 3 })[0].Advanced!;
        Assert.Equal((2L, 3L), (advanced.Held, advanced.Suspended));
    }

    private static ActionProgress Answer(RunOutput sent, int messages) =>
        new(sent.Order!.Queue, sent.Order.Number, messages, true) { Piece = sent.Order.Piece };

    // No part is unclaimed when it begins.
    private static ActionRun Run(ActionSelector selector)
    {
        var run = new ActionRun(Kept(selector));
        Assert.Equal(RunStage.Unclaimed, run.Start().Stage);
        Assert.Equal(RunOutputKind.Load, Assert.Single(run.Loaded(new RunPage([], "", true))).Kind);
        return run;
    }

    // As the next owner of the actions begins.
    private static ActionRun Run(ActionSelector selector, ActionAdvanced advanced)
    {
        var book = new ActionBook();
        book.Apply(new ActionOrdered(7, Kept(selector).View.Order, Start));
        book.Apply(advanced);
        return new ActionRun(book.Find(7)!, isResumed: true);
    }

    private static KeptAction Kept(ActionSelector selector) => new(
        new ActionView(7, new ActionOrder(ActionKind.Hold, selector, "", "ada", null), Start, ActionState.Running, null, 0, 0), "");
}
