namespace Postfleet.QueueActors.State;

/// <summary>The timers of a queue.</summary>
internal enum QueueTimer
{
    /// <summary>The next batch of a busy queue may begin.</summary>
    Batch,

    /// <summary>Mail is due, or a request must be repeated.</summary>
    Wake,

    /// <summary>The queue may have been empty for the idle timeout.</summary>
    Idle,

    /// <summary>The spool is asked again to offer the mail of a damaged queue.</summary>
    Mend,
}

/// <summary>The kinds of input of a <see cref="QueueLifecycle"/>.</summary>
internal enum QueueInputKind
{
    /// <summary>All rows were replayed.</summary>
    Recovered,

    /// <summary>A command has arrived.</summary>
    Command,

    /// <summary>The rows of the last write are durable.</summary>
    RowsDurable,

    /// <summary>The last write failed; its rows may be durable or not.</summary>
    RowsFailed,

    /// <summary>The rows of the last deletion are gone.</summary>
    RowsDeleted,

    /// <summary>The last deletion failed.</summary>
    RowsKept,

    /// <summary>A timer has fired.</summary>
    Timer,

    /// <summary>The spool has offered the queue's mail again.</summary>
    Reoffered,

    /// <summary>The spool failed to offer the queue's mail again.</summary>
    ReofferFailed,

    /// <summary>The queue must stop: its shard moves, or the queue has asked for passivation.</summary>
    Stop,
}

/// <summary>An input of a <see cref="QueueLifecycle"/>.</summary>
/// <param name="Kind">The kind of input.</param>
internal readonly record struct QueueInput(QueueInputKind Kind)
{
    public static readonly QueueInput RowsDurable = new(QueueInputKind.RowsDurable);

    public static readonly QueueInput RowsFailed = new(QueueInputKind.RowsFailed);

    public static readonly QueueInput RowsDeleted = new(QueueInputKind.RowsDeleted);

    public static readonly QueueInput RowsKept = new(QueueInputKind.RowsKept);

    public static readonly QueueInput Stop = new(QueueInputKind.Stop);

    /// <summary>The command received.</summary>
    public QueueCommand? Command { get; private init; }

    /// <summary>The fired timer.</summary>
    public QueueTimer Timer { get; private init; }

    /// <summary>The highest sequence number in the journal; 0 if the queue never had an owner.</summary>
    public long Number { get; private init; }

    public static QueueInput Arrived(QueueCommand command) => new(QueueInputKind.Command) { Command = command };

    public static QueueInput Due(QueueTimer timer) => new(QueueInputKind.Timer) { Timer = timer };

    public static QueueInput Recovered(long highest) => new(QueueInputKind.Recovered) { Number = highest };

    public static QueueInput Reoffered(bool isDone) => new(isDone ? QueueInputKind.Reoffered : QueueInputKind.ReofferFailed);
}
