namespace Postfleet.QueueActors.State;

/// <summary>What a <see cref="QueueLifecycle"/> can ask for.</summary>
internal enum QueueOutputKind
{
    /// <summary>Write rows to the journal, and say when all of them are durable, or that a write has failed.</summary>
    Write,

    /// <summary>Delete rows of the journal, and say whether they are gone.</summary>
    Delete,

    /// <summary>Run the effects of a decision, whose events are durable.</summary>
    Run,

    /// <summary>The queue's counts may have changed.</summary>
    Publish,

    /// <summary>Set a timer. It is never taken back.</summary>
    SetTimer,

    /// <summary>Have the spool offer the queue's mail again, and say whether it does.</summary>
    Reoffer,

    /// <summary>Ask the shard to stop this queue and to forget it.</summary>
    Passivate,

    /// <summary>Ask the shard to start the queue again once it has stopped.</summary>
    StartAgain,

    /// <summary>End: nothing comes after it.</summary>
    Stop,
}

/// <summary>Something that a <see cref="QueueLifecycle"/> asks for.</summary>
/// <param name="Kind">What it is.</param>
internal readonly record struct QueueOutput(QueueOutputKind Kind)
{
    /// <summary>Rows to write, or none.</summary>
    public IReadOnlyList<object> Rows { get; private init; } = [];

    /// <summary>The number of the first row to write, or of the last row to delete.</summary>
    public long Number { get; private init; }

    /// <summary>What to run.</summary>
    public QueueDecision? Decision { get; private init; }

    /// <summary>The timer to set.</summary>
    public QueueTimer Timer { get; private init; }

    /// <summary>How long from now it comes.</summary>
    public TimeSpan After { get; private init; }

    public static QueueOutput Write(long first, IReadOnlyList<object> rows) => new(QueueOutputKind.Write) { Number = first, Rows = rows };

    public static QueueOutput Delete(long upTo) => new(QueueOutputKind.Delete) { Number = upTo };

    public static QueueOutput Run(QueueDecision decision) => new(QueueOutputKind.Run) { Decision = decision };

    public static QueueOutput SetTimer(QueueTimer timer, TimeSpan after) => new(QueueOutputKind.SetTimer) { Timer = timer, After = after };
}
