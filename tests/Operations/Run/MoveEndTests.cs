using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Run;
using Xunit;

namespace Postfleet.Operations.Tests.Run;

public sealed class MoveEndTests
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    private readonly MoveEnd _end = new(
        new ActionView(
            7, new ActionOrder(ActionKind.Move, ActionSelector.None, "", "ada", null) { ToStream = "slow" }, default, ActionState.Cancelled,
            null, 0, 0),
        [Queue, QueueKey.FromTrusted("default:b.test")]);

    [Fact]
    public void End_is_over_when_all_queues_have_answered_its_question()
    {
        var questions = _end.Ask().OfType<ApplyAction>().ToList();
        _end.Answered(new ActionProgress(Queue, 7, 0, false) { Piece = questions[0].Piece });
        _end.Answered(new ActionProgress(Queue, 7, 5, true) { Piece = 1 });
        Assert.Equal(4, _end.Ask().Count);
        _end.Answered(new ActionProgress(Queue, 7, 0, true) { Piece = questions[0].Piece });
        Assert.Equal(2, _end.Ask().Count);
        Assert.False(_end.IsOver);
        _end.Answered(new ActionProgress(questions[1].Queue, 7, 0, true) { Piece = questions[1].Piece });
        Assert.True(_end.IsOver);
    }

    [Fact]
    public void End_is_over_after_a_minute_without_an_answer()
    {
        for (var i = 0; i < MoveEnd.MaxAsked; i++) _end.Ask();
        Assert.False(_end.IsOver);
        _end.Ask();
        Assert.True(_end.IsOver);
    }
}
