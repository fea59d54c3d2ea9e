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
        Assert.Equal((RunOutputKind.Load, RunStage.Queues), (run.Start().Kind, run.Start().Stage));
        var sent = run.Loaded(new RunPage([new(A, []), new(B, [])], B.Value, false));
        Assert.Equal([A, B], sent.Select(output => output.Order!.Queue));
        Assert.All(sent, output => Assert.Equal((7, MessageAction.Hold, Start), (
            output.Order!.Number, output.Order.Action, output.Order.AcceptedBefore)));
        Assert.Empty(run.Confirmed(new ActionProgress(A, 7, 3, true)));
        Assert.Empty(run.Confirmed(new ActionProgress(B, 7, 2, false)));
        Assert.Equal(B, Assert.Single(run.Repeat()).Order!.Queue);
        var next = run.Confirmed(new ActionProgress(B, 7, 4, true));
        Assert.Equal([RunOutputKind.Advance, RunOutputKind.Load], next.Select(output => output.Kind));
        Assert.Equal((B.Value, 2, 7L), (next[0].Cursor, next[0].Queues, next[0].Messages));
    }

    [Fact]
    public void A_run_ends_when_nothing_waits_for_its_queue_any_more()
    {
        var run = Run(ActionSelector.None with { Stream = "default" });
        var unclaimed = run.Loaded(new RunPage([], "", true));
        Assert.Equal((RunOutputKind.Load, RunStage.Unclaimed), (unclaimed[1].Kind, unclaimed[1].Stage));
        run.Loaded(new RunPage([new(A, [])], "", false));
        var again = run.Confirmed(new ActionProgress(A, 7, 1, true));
        Assert.Equal((RunOutputKind.LoadLater, RunStage.Unclaimed), (again[1].Kind, again[1].Stage));
        Assert.Equal(RunOutputKind.Done, run.Loaded(new RunPage([], "", true))[^1].Kind);
    }

    [Fact]
    public void Messages_are_scanned_again_from_the_first_that_no_queue_had()
    {
        var run = Run(ActionSelector.None with { Sender = "@example.org" });
        Assert.Equal(RunStage.Messages, run.Start().Stage);
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
        Assert.Equal(500, Assert.Single(run.Confirmed(new ActionProgress(A, 7, 500, true))).Order!.Messages.Count);
        Assert.Equal(200, Assert.Single(run.Confirmed(new ActionProgress(A, 7, 500, true))).Order!.Messages.Count);
        Assert.Equal(1200, run.Confirmed(new ActionProgress(A, 7, 200, true))[0].Messages);
    }

    private static ActionRun Run(ActionSelector selector) => new(new KeptAction(
        new ActionView(7, new ActionOrder(ActionKind.Hold, selector, "", "ada", null), Start, ActionState.Running, null, 0, 0), ""));
}
