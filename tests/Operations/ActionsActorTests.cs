using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Messages;
using Postfleet.Operations.Run;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests;

/// <summary>The owner of the actions, over a journal, a spool and queues that the test controls.</summary>
public sealed class ActionsActorTests : TestKit
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:a.example");

    private readonly FakeTimeProvider _time = new(Start);
    private readonly MemorySpool _spool = new();
    private readonly TestProbe _queues;
    private IActorRef _actions;

    public ActionsActorTests() : base("akka.persistence.journal.plugin = \"akka.persistence.journal.inmem\"")
    {
        _queues = CreateTestProbe();
        _actions = StartActor();
    }

    [Fact]
    public void An_action_is_carried_out_in_the_queues_that_match()
    {
        var part = new PartId(MessageId.FromHalves(1, 1), Queue);
        _spool.Add(part, Start.AddSeconds(-1), "x@example.org");
        var view = Order(ActionKind.Bounce, ActionSelector.None with { Stream = "bulk" });
        Assert.Equal((1, ActionState.Running), (view.Number, view.State));
        var order = _queues.ExpectMsg<ApplyAction>();
        Assert.Equal((Queue, 1, MessageAction.Bounce, Start), (order.Queue, order.Number, order.Action, order.AcceptedBefore));
        _ = _spool.MarkHandedOffAsync([part.Mark()], default).AsTask();
        _actions.Tell(new GetActions(1, 0, 1));
        Assert.Equal(ActionState.Running, ExpectMsg<ActionAnswer>().Actions[0].State);
        _queues.Reply(new ActionProgress(Queue, 1, 5, true) { Piece = order.Piece });
        AwaitAssert(() =>
        {
            var done = Find(1);
            Assert.Equal((ActionState.Done, 1, 5L, (DateTimeOffset?)Start), (done.State, done.Queues, done.Messages, done.EndedAt));
        });
    }

    [Fact]
    public void Actions_survive_the_owner_and_go_on()
    {
        _spool.Add(new PartId(MessageId.FromHalves(1, 1), Queue), Start.AddSeconds(-1), "x@example.org");
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "b.example" });
        Order(ActionKind.Hold, ActionSelector.None with { Stream = "bulk" });
        _queues.ExpectMsg<ApplyAction>();
        Watch(_actions);
        _actions.Tell(PoisonPill.Instance);
        ExpectTerminated(_actions);
        _actions = StartActor();
        Assert.Equal(2, _queues.FishForMessage<ApplyAction>(_ => true).Number);
        _actions.Tell(new GetSuspensions(0));
        Assert.Equal(1, Assert.Single(ExpectMsg<SuspensionList>().Actions).Number);
    }

    /// <summary>A message that is between two queues would be missed by the next action.</summary>
    [Fact]
    public void Action_after_a_cancelled_move_begins_when_no_message_is_on_its_way()
    {
        _spool.Add(new PartId(MessageId.FromHalves(1, 1), Queue), Start.AddSeconds(-1), "x@example.org");
        _actions.Tell(new OrderAction(
            new ActionOrder(ActionKind.Move, ActionSelector.None with { Domain = "a.example" }, "", "ada", null) { ToStream = "slow" }));
        ExpectMsg<ActionAnswer>();
        var move = _queues.ExpectMsg<ApplyAction>();
        _actions.Tell(new CancelAction(1));
        ExpectMsg<ActionAnswer>();
        Order(ActionKind.Hold, ActionSelector.None with { Stream = "slow" });
        Assert.Equal(1, _queues.ExpectMsg<WithdrawAction>().Number);
        var question = _queues.ExpectMsg<ApplyAction>();
        Assert.Equal((1, MessageAction.Move, DateTimeOffset.MinValue), (question.Number, question.Action, question.AcceptedBefore));
        var other = new PartId(MessageId.FromHalves(1, 2), QueueKey.FromTrusted("slow:a.example"));
        _spool.Add(other, Start.AddSeconds(-1), "x@example.org");
        // The answer to the order before the end tells nothing.
        _queues.Reply(new ActionProgress(Queue, 1, 5, true) { Piece = move.Piece });
        _queues.ExpectMsg<WithdrawAction>();
        Assert.Equal(1, _queues.ExpectMsg<ApplyAction>().Number);
        _queues.Reply(new ActionProgress(Queue, 1, 0, true) { Piece = question.Piece });
        var hold = _queues.FishForMessage<ApplyAction>(_ => true);
        Assert.Equal((2, other.Queue), (hold.Number, hold.Queue));
    }

    [Fact]
    public void New_owner_waits_after_a_move_that_was_cancelled_shortly_before()
    {
        _spool.Add(new PartId(MessageId.FromHalves(1, 1), Queue), Start.AddSeconds(-1), "x@example.org");
        _actions.Tell(new OrderAction(
            new ActionOrder(ActionKind.Move, ActionSelector.None with { Domain = "a.example" }, "", "ada", null) { ToStream = "slow" }));
        ExpectMsg<ActionAnswer>();
        _queues.ExpectMsg<ApplyAction>();
        _actions.Tell(new CancelAction(1));
        ExpectMsg<ActionAnswer>();
        Watch(_actions);
        _actions.Tell(PoisonPill.Instance);
        ExpectTerminated(_actions);
        _actions = StartActor();
        Order(ActionKind.Hold, ActionSelector.None with { Stream = "bulk" });
        _queues.FishForMessage<WithdrawAction>(_ => true);
        _actions.Tell(new GetActions(2, 0, 1));
        ExpectMsg<ActionAnswer>();
        Assert.DoesNotContain(
            _queues.ReceiveWhile<object>(each => each, TimeSpan.FromMilliseconds(100)), each => each is ApplyAction { Number: 2 });
        _time.Advance(TimeSpan.FromSeconds(30));
        Order(ActionKind.Retry, ActionSelector.None with { Stream = "none" });
        Assert.Equal(2, _queues.FishForMessage<ApplyAction>(each => each.Number == 2).Number);
    }

    [Fact]
    public void A_cancelled_action_sends_no_further_order()
    {
        _spool.Add(new PartId(MessageId.FromHalves(1, 1), Queue), Start.AddSeconds(-1), "x@example.org");
        Order(ActionKind.Hold, ActionSelector.None with { Stream = "bulk" });
        _queues.ExpectMsg<ApplyAction>();
        _actions.Tell(new CancelAction(1));
        Assert.Equal(ActionState.Cancelled, Assert.Single(ExpectMsg<ActionAnswer>().Actions).State);
        var run = _queues.LastSender;
        Watch(run);
        ExpectTerminated(run);
        // The queue would go on by itself.
        Assert.Equal(new WithdrawAction(Queue, 1), _queues.FishForMessage<WithdrawAction>(_ => true));
    }

    [Fact]
    public void A_move_to_a_route_is_handed_out_until_it_is_cancelled()
    {
        _actions.Tell(new OrderAction(
            new ActionOrder(ActionKind.Move, ActionSelector.None with { Stream = "bulk" }, "why", "ada", null) { ToRoute = "backup" }));
        Assert.Equal(ActionState.Standing, Assert.Single(ExpectMsg<ActionAnswer>().Actions).State);
        _actions.Tell(new GetSuspensions(0));
        var list = ExpectMsg<SuspensionList>();
        Assert.Empty(list.Actions);
        Assert.Equal("backup", Assert.Single(list.Redirections).Order.ToRoute);
        _actions.Tell(new CancelAction(1));
        ExpectMsg<ActionAnswer>();
        _actions.Tell(new GetSuspensions(list.Version));
        Assert.Empty(ExpectMsg<SuspensionList>().Redirections);
        _queues.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_suspension_expires_by_the_clock()
    {
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "b.example" }, Start.AddSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        AwaitAssert(() => Assert.Equal(ActionState.Expired, Find(1).State), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void An_unknown_action_has_an_empty_answer()
    {
        _actions.Tell(new CancelAction(9));
        Assert.Empty(ExpectMsg<ActionAnswer>().Actions);
    }

    [Fact]
    public async Task A_list_is_as_long_as_asked_for_beyond_the_limit_of_one_answer()
    {
        for (var i = 0; i < 2 * GetActions.MaxListed + 3; i++) Order(ActionKind.Suspend, ActionSelector.None with { Domain = "b.example" });
        var client = new ActionClient { Owner = _actions };
        var listed = await client.ListAsync(null, 102, default);
        Assert.Equal(Enumerable.Range(2, 102).Reverse(), listed.Select(action => action.Number));
        Assert.Equal([2, 1], (await client.ListAsync(3, 1000, default)).Select(action => action.Number));
    }

    [Fact]
    public void A_node_that_is_up_to_date_gets_no_list()
    {
        Order(ActionKind.Suspend, ActionSelector.None with { Domain = "b.example" });
        _actions.Tell(new GetSuspensions(0));
        var version = ExpectMsg<SuspensionList>().Version;
        _actions.Tell(new GetSuspensions(version));
        _actions.Tell(new GetActions(0, 0, 1));
        ExpectMsg<ActionAnswer>();
    }

    private ActionView Order(ActionKind kind, ActionSelector selector, DateTimeOffset? expires = null)
    {
        _actions.Tell(new OrderAction(new ActionOrder(kind, selector, "why", "ada", expires)));
        return Assert.Single(ExpectMsg<ActionAnswer>().Actions);
    }

    private ActionView Find(int number)
    {
        _actions.Tell(new GetActions(number, 0, 1));
        return Assert.Single(ExpectMsg<ActionAnswer>().Actions);
    }

    private IActorRef StartActor()
    {
        var (spool, queues, time) = (_spool, _queues.Ref, _time);
        return Sys.ActorOf(Props.Create(() => new ActionsActor(
            () => new RunSource(spool, spool, NoRoutes.Instance), () => queues, time, NullLogger.Instance)));
    }

    private sealed class NoRoutes : IRouteResolver
    {
        public static readonly NoRoutes Instance = new();

        public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("no test asks for a route");
    }
}
