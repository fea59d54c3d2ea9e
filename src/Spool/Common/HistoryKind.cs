namespace Postfleet.Spool.Common;

/// <summary>The kind of an event in the history of a message. The numbers are stored.</summary>
public enum HistoryKind
{
    /// <summary>The message was stored.</summary>
    Accepted = 1,

    /// <summary>A host has taken responsibility for the recipient.</summary>
    Delivered = 2,

    /// <summary>An attempt ended without a final outcome for the recipient.</summary>
    Deferred = 3,

    /// <summary>The recipient failed.</summary>
    Failed = 4,

    /// <summary>The lifetime of the message ended before the recipient was delivered.</summary>
    Expired = 5,

    /// <summary>The recipient has waited for the time of <c>Queues:DelayWarning</c>, and continues to wait.</summary>
    Delayed = 6,

    /// <summary>The recipient was moved to another queue.</summary>
    Moved = 7,

    /// <summary>A delivery status notification about the message was stored for its sender. Concerns no recipient.</summary>
    Dsn = 8,

    /// <summary>An operator has retried, held or released the recipient, which continues to wait.</summary>
    Action = 9,

    /// <summary>An operator ended the recipient without a delivery.</summary>
    Dropped = 10,

    /// <summary>The recipient is on the suppression list: nothing was sent.</summary>
    Suppressed = 11,
}

/// <summary>The state of a recipient, as its newest event shows it.</summary>
public enum HistoryState
{
    /// <summary>Stored, and not attempted yet.</summary>
    Accepted = 1,

    /// <summary>Delivered.</summary>
    Delivered = 2,

    /// <summary>Waits after an attempt, a delay warning or an operator's action.</summary>
    Deferred = 3,

    /// <summary>Failed.</summary>
    Failed = 4,

    /// <summary>Expired.</summary>
    Expired = 5,

    /// <summary>Ended by an operator.</summary>
    Dropped = 6,

    /// <summary>On the suppression list.</summary>
    Suppressed = 7,
}

/// <summary>The kept kinds of events.</summary>
public enum HistoryKeep
{
    /// <summary>All events.</summary>
    All = 1,

    /// <summary>All outcomes but deliveries, and no acceptance.</summary>
    Failures = 2,

    /// <summary>No event.</summary>
    None = 3,
}

/// <summary>The states after events.</summary>
public static class HistoryStates
{
    /// <summary>The state of a recipient whose newest event is of a kind; null for kinds without a state of a recipient.</summary>
    public static HistoryState? Of(HistoryKind kind) => kind switch
    {
        HistoryKind.Accepted or HistoryKind.Moved => HistoryState.Accepted,
        HistoryKind.Delivered => HistoryState.Delivered,
        HistoryKind.Deferred or HistoryKind.Delayed or HistoryKind.Action => HistoryState.Deferred,
        HistoryKind.Failed => HistoryState.Failed,
        HistoryKind.Expired => HistoryState.Expired,
        HistoryKind.Dropped => HistoryState.Dropped,
        HistoryKind.Suppressed => HistoryState.Suppressed,
        _ => null,
    };

    /// <summary>Whether no event of the recipient can follow.</summary>
    public static bool IsFinal(HistoryState state) => state is not (HistoryState.Accepted or HistoryState.Deferred);
}
