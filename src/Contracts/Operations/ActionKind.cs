namespace Postfleet.Contracts.Operations;

/// <summary>The kinds of operators' actions. The numbers are stored.</summary>
public enum ActionKind
{
    /// <summary>The queues start no attempts, until the action expires or is cancelled. Holds for queues that come later, too.</summary>
    Suspend = 1,

    /// <summary>Ends suspensions: all whose selector is the same or narrower.</summary>
    Resume = 2,

    /// <summary>Messages are tried now.</summary>
    Retry = 3,

    /// <summary>Messages fail, with a DSN to their senders.</summary>
    Bounce = 4,

    /// <summary>Messages are deleted without a DSN.</summary>
    Delete = 5,

    /// <summary>Messages are neither tried nor expired until they are released.</summary>
    Hold = 6,

    /// <summary>Messages on hold are tried now.</summary>
    Release = 7,

    /// <summary>
    /// To a stream: messages continue in the queues of this stream. To a route: queues use the route until the action expires or is
    /// cancelled, also queues that come later.
    /// </summary>
    Move = 8,
}

/// <summary>The states of an action. The numbers are stored.</summary>
public enum ActionState
{
    /// <summary>A suspension, or a move to a route, is in force.</summary>
    Standing = 1,

    /// <summary>The action is being carried out.</summary>
    Running = 2,

    /// <summary>The action was carried out.</summary>
    Done = 3,

    /// <summary>An operator has ended the action; what was done stays done.</summary>
    Cancelled = 4,

    /// <summary>The action's time is over.</summary>
    Expired = 5,
}
