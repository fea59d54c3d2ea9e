using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Messages;
using Postfleet.Operations.Replica;
using Xunit;

namespace Postfleet.Operations.Tests.Replica;

/// <summary>The copies of the standing actions, with an owner and queues that the test plays.</summary>
public sealed class SuspensionReplicaTests : TestKit
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Bulk = QueueKey.FromTrusted("bulk:a.example");
    private static readonly QueueKey Other = QueueKey.FromTrusted("default:a.example");

    private readonly FakeTimeProvider _time = new(Start);
    private readonly NodeStats _stats = new();
    private readonly SuspensionTable _suspensions;
    private readonly RedirectionTable _moves;
    private readonly TestProbe _owner;
    private readonly TestProbe _queues;

    public SuspensionReplicaTests()
    {
        (_suspensions, _moves) = (new SuspensionTable(_time), new RedirectionTable(_time));
        (_owner, _queues) = (CreateTestProbe(), CreateTestProbe());
        _stats.Publish(Bulk, new QueueCounts());
        _stats.Publish(Other, new QueueCounts());
    }

    [Fact]
    public void Queues_are_told_of_the_begin_and_the_end_of_a_move_that_concerns_them()
    {
        StartReplica(() => _queues.Ref);
        Answer(1);
        _queues.ReceiveN(2);
        Answer(2, Move(5));
        Assert.Equal(new SuspensionChanged(Bulk), _queues.ExpectMsg<SuspensionChanged>());
        Assert.Equal("backup", _moves.Find(Bulk, null)!.Route);
        Answer(3, Move(5), Move(6));
        Assert.Equal(new SuspensionChanged(Bulk), _queues.ExpectMsg<SuspensionChanged>());
        Answer(4);
        Assert.Equal(new SuspensionChanged(Bulk), _queues.ExpectMsg<SuspensionChanged>());
        Assert.True(_moves.IsEmpty);
    }

    [Fact]
    public void A_queue_that_came_during_the_change_is_told_with_the_next_question()
    {
        var late = QueueKey.FromTrusted("bulk:late.example");
        StartReplica(() =>
        {
            _stats.Publish(late, new QueueCounts());
            return _queues.Ref;
        });
        Answer(1, Move(5));
        _queues.ReceiveN(2);
        Assert.Equal(new SuspensionChanged(late), _queues.ExpectMsg<SuspensionChanged>());
    }

    [Fact]
    public void A_node_without_queues_has_the_copies_and_waits_for_none()
    {
        StartReplica(null);
        _owner.ExpectMsg<GetSuspensions>();
        Assert.Null(_suspensions.Find(Bulk, null));
        _owner.Reply(new SuspensionList(1, []) { Redirections = [Move(5)] });
        AwaitAssert(() => Assert.False(_moves.IsEmpty));
    }

    private static ActionView Move(int number) => new(
        number, new ActionOrder(ActionKind.Move, ActionSelector.None with { Stream = "bulk" }, "", "ada", null) { ToRoute = "backup" },
        Start, ActionState.Standing, null, 0, 0);

    private void StartReplica(Func<IActorRef>? queues)
    {
        var (suspensions, moves, owner, stats) = (_suspensions, _moves, _owner.Ref, _stats);
        Sys.ActorOf(Props.Create(() => new SuspensionReplica(suspensions, moves, owner, queues, stats, NullLogger.Instance)));
    }

    private void Answer(long version, params ActionView[] moves)
    {
        _owner.FishForMessage<GetSuspensions>(ask => ask.Version == version - 1);
        _owner.Reply(new SuspensionList(version, []) { Redirections = moves });
    }
}
