using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;

namespace Postfleet.Operations.Run;

/// <summary>
/// The end of a move to a stream that was cancelled or has expired: its queues are told, and asked until none of their messages is between
/// two queues, where the next action would not find it. The question is an order of the same action for messages accepted before all
/// times, so it moves nothing; a queue confirms it, as each order, once its moves are settled. Plain code, owned by
/// <see cref="ActionRunActor"/>.
/// </summary>
/// <param name="action">The action.</param>
/// <param name="queues">The queues that have not confirmed it.</param>
internal sealed class MoveEnd(ActionView action, IEnumerable<QueueKey> queues)
{
    /// <summary>After so many questions without an answer from all queues, other actions begin nevertheless: a minute.</summary>
    public const int MaxAsked = 30;

    // Of no other order of the run.
    private const int Piece = int.MaxValue;

    private readonly HashSet<QueueKey> _left = [.. queues];
    private int _asked;

    /// <summary>Whether other actions may begin.</summary>
    public bool IsOver => _left.Count == 0 || _asked > MaxAsked;

    /// <summary>The messages to the queues; repeated until the end.</summary>
    public IReadOnlyList<IQueueMessage> Ask()
    {
        _asked++;
        return
        [
            .. _left.SelectMany(queue => (IQueueMessage[])
            [
                new WithdrawAction(queue, action.Number),
                new ApplyAction(queue, action.Number, MessageAction.Move, DateTimeOffset.MinValue, [], action.Order.Reason)
                {
                    Piece = Piece,
                    Stream = action.Order.ToStream,
                },
            ]),
        ];
    }

    /// <summary>A queue has answered, perhaps to an order before the end.</summary>
    public void Answered(ActionProgress progress)
    {
        if (progress.Number == action.Number && progress.IsComplete && progress.Piece == Piece) _left.Remove(progress.Queue);
    }
}
