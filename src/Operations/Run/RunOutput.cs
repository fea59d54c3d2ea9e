using Akka.Actor;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Book;

namespace Postfleet.Operations.Run;

/// <summary>The source of the pages of a run.</summary>
internal enum RunStage
{
    /// <summary>The queues with mail; the cursor is a queue key.</summary>
    Queues,

    /// <summary>The messages of the spool; the cursor is a message id and a queue key.</summary>
    Messages,

    /// <summary>The parts accepted before the action and not yet claimed by a queue.</summary>
    Unclaimed,
}

/// <summary>The kinds of action requested by an <see cref="ActionRun"/>.</summary>
internal enum RunOutputKind
{
    /// <summary>Read the page behind the cursor.</summary>
    Load,

    /// <summary>The same after a pause: parts wait to be taken over by their queues.</summary>
    LoadLater,

    /// <summary>Send an order to a queue.</summary>
    Send,

    /// <summary>Keep the cursor and the counts in the journal.</summary>
    Advance,

    /// <summary>The action is carried out; no output follows.</summary>
    Done,
}

/// <summary>An action requested by an <see cref="ActionRun"/>.</summary>
/// <param name="Kind">The kind of action.</param>
internal sealed record RunOutput(RunOutputKind Kind)
{
    /// <summary>The stage of the page to read.</summary>
    public RunStage Stage { get; init; }

    /// <summary>The cursor.</summary>
    public string Cursor { get; init; } = "";

    /// <summary>The order to send.</summary>
    public ApplyAction? Order { get; init; }

    /// <summary>The cursor and the counts to keep.</summary>
    public ActionAdvanced? Advanced { get; init; }

    /// <summary>An order to a queue.</summary>
    public static RunOutput Send(ApplyAction order) => new(RunOutputKind.Send) { Order = order };
}

/// <summary>A page of the matches of an action.</summary>
/// <param name="Queues">The matching queues, with their messages.</param>
/// <param name="Cursor">Where the page ended. For unclaimed parts: before the first matching part.</param>
/// <param name="IsLast">Whether there is no further page; of unclaimed parts: whether there are none.</param>
internal sealed record RunPage(IReadOnlyList<RunQueue> Queues, string Cursor, bool IsLast) : INoSerializationVerificationNeeded;

/// <summary>A queue of a page.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Messages">The messages; empty for all messages of the queue.</param>
internal sealed record RunQueue(QueueKey Queue, IReadOnlyList<MessageId> Messages);
