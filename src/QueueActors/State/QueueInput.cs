namespace Postfleet.QueueActors.State;

/// <summary>The timers of a queue.</summary>
internal enum QueueTimer
{
    /// <summary>The next round of a busy queue may begin.</summary>
    Round,

    /// <summary>Mail is due, or something has to be asked again.</summary>
    Wake,

    /// <summary>The queue may have been empty for long enough.</summary>
    Idle,

    /// <summary>The spool is asked once more to offer the mail of a damaged queue.</summary>
    Mend,
}

/// <summary>What a <see cref="QueueLifecycle"/> can be told.</summary>
internal enum QueueInputKind
{
    /// <summary>All rows were replayed.</summary>
    Recovered,

    /// <summary>A command has arrived.</summary>
    Command,

    /// <summary>The rows of the last write are durable.</summary>
    RowsDurable,

    /// <summary>The rows of the last write may be durable or not.</summary>
    RowsFailed,

    /// <summary>The rows of the last deletion are gone.</summary>
    RowsDeleted,

    /// <summary>The rows of the last deletion could not be deleted.</summary>
    RowsKept,

    /// <summary>A timer has come.</summary>
    Timer,

    /// <summary>The spool offers the queue's mail again.</summary>
    Reoffered,

    /// <summary>The spool could not do so.</summary>
    ReofferFailed,

    /// <summary>The queue is to stop: its shard moves, or it has asked for that itself.</summary>
    Stop,
}

/// <summary>Something that a <see cref="QueueLifecycle"/> is told.</summary>
/// <param name="Kind">What it is.</param>
internal readonly record struct QueueInput(QueueInputKind Kind)
{
    public static readonly QueueInput RowsDurable = new(QueueInputKind.RowsDurable);

    public static readonly QueueInput RowsFailed = new(QueueInputKind.RowsFailed);

    public static readonly QueueInput RowsDeleted = new(QueueInputKind.RowsDeleted);

    public static readonly QueueInput RowsKept = new(QueueInputKind.RowsKept);

    public static readonly QueueInput Stop = new(QueueInputKind.Stop);

    /// <summary>The command that has arrived.</summary>
    public QueueCommand? Command { get; private init; }

    /// <summary>The timer that has come.</summary>
    public QueueTimer Timer { get; private init; }

    /// <summary>The highest number in the journal; 0 when nobody has owned the queue before.</summary>
    public long Number { get; private init; }

    public static QueueInput Arrived(QueueCommand command) => new(QueueInputKind.Command) { Command = command };

    public static QueueInput Due(QueueTimer timer) => new(QueueInputKind.Timer) { Timer = timer };

    public static QueueInput Recovered(long highest) => new(QueueInputKind.Recovered) { Number = highest };

    public static QueueInput Reoffered(bool isDone) => new(isDone ? QueueInputKind.Reoffered : QueueInputKind.ReofferFailed);
}
