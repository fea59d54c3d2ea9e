namespace Postfleet.QueueActors.State;

/// <summary>The kinds of action requested by a <see cref="QueueLifecycle"/>.</summary>
internal enum QueueOutputKind
{
    /// <summary>Write rows to the journal, and report when all are durable or a write has failed.</summary>
    Write,

    /// <summary>Delete rows of the journal, and report whether they are gone.</summary>
    Delete,

    /// <summary>Run the effects of a decision whose events are durable.</summary>
    Run,

    /// <summary>Publish the queue's counts, which may have changed.</summary>
    Publish,

    /// <summary>Set a timer. Timers are never cancelled.</summary>
    SetTimer,

    /// <summary>Ask the spool to offer the queue's mail again, and report whether it did.</summary>
    Reoffer,

    /// <summary>Ask the shard to stop this queue and to forget it.</summary>
    Passivate,

    /// <summary>Ask the shard to start the queue again once it has stopped.</summary>
    StartAgain,

    /// <summary>Stop the actor; no action follows.</summary>
    Stop,
}

/// <summary>An action requested by a <see cref="QueueLifecycle"/>.</summary>
/// <param name="Kind">The kind of action.</param>
internal readonly record struct QueueOutput(QueueOutputKind Kind)
{
    /// <summary>The rows to write, or none.</summary>
    public IReadOnlyList<object> Rows { get; private init; } = [];

    /// <summary>The sequence number of the first row to write, or of the last row to delete.</summary>
    public long Number { get; private init; }

    /// <summary>The decision to run.</summary>
    public QueueDecision? Decision { get; private init; }

    /// <summary>The timer to set.</summary>
    public QueueTimer Timer { get; private init; }

    /// <summary>The time from now until the timer fires.</summary>
    public TimeSpan After { get; private init; }

    public static QueueOutput Write(long first, IReadOnlyList<object> rows) => new(QueueOutputKind.Write) { Number = first, Rows = rows };

    public static QueueOutput Delete(long upTo) => new(QueueOutputKind.Delete) { Number = upTo };

    public static QueueOutput Run(QueueDecision decision) => new(QueueOutputKind.Run) { Decision = decision };

    public static QueueOutput SetTimer(QueueTimer timer, TimeSpan after) => new(QueueOutputKind.SetTimer) { Timer = timer, After = after };
}
