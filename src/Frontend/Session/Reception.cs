using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Session;

/// <summary>The result of receiving content.</summary>
internal enum ReceptionResult
{
    /// <summary>The message is stored or discarded.</summary>
    Stored,

    /// <summary>A chunk is received, and the message is not complete.</summary>
    Incomplete,

    /// <summary>The message is refused, which counts as an error of the client.</summary>
    Refused,

    /// <summary>A check defers the message.</summary>
    Deferred,

    /// <summary>The message could not be stored.</summary>
    NotStored,

    /// <summary>The session ends.</summary>
    SessionEnds,
}

/// <summary>The reply to content (empty for no reply) and the result of receiving it.</summary>
internal readonly record struct Reception(byte[] Reply, ReceptionResult Result)
{
    /// <summary>The message, for the log; null for a chunk without a message.</summary>
    public MessageId? Message { get; init; }
}
