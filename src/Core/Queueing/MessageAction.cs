namespace Postfleet.Core.Queueing;

/// <summary>What an operator can order for messages that wait in a queue. The numbers are stored.</summary>
public enum MessageAction
{
    /// <summary>The messages are tried now, and a pause of their site ends. Messages on hold stay on hold.</summary>
    Retry = 1,

    /// <summary>The open recipients fail, and the sender gets a DSN where one is wanted.</summary>
    Bounce = 2,

    /// <summary>The open recipients are dropped; the sender gets no DSN.</summary>
    Delete = 3,

    /// <summary>The messages are neither tried nor expired until they are released.</summary>
    Hold = 4,

    /// <summary>Messages on hold are tried now.</summary>
    Release = 5,

    /// <summary>The open recipients continue in the queue of another stream.</summary>
    Move = 6,
}
