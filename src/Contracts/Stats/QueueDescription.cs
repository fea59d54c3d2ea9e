using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>Monitoring to queue: asks for a description of the queue, which goes to the sender.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="MaxMessages">The most messages to describe; at most <see cref="QueueDescription.MaxMessages"/> are.</param>
public sealed record DescribeQueue(QueueKey Queue, int MaxMessages) : IQueueMessage
{
    /// <summary>The only message to describe; null for the next messages of the queue.</summary>
    public MessageId? Message { get; init; }
}

/// <summary>
/// What only the actor of a queue knows about it, made when it is asked for. The texts of remote hosts in it are cut.
/// </summary>
/// <param name="Queue">The queue.</param>
public sealed record QueueDescription(QueueKey Queue) : IProtocolMessage
{
    /// <summary>The most messages in a description.</summary>
    public const int MaxMessages = 100;

    /// <summary>The most characters of a reply.</summary>
    public const int MaxReplyLength = 200;

    /// <summary>When the owner of the queue began to count outcomes: counts are lost when a queue moves or sleeps.</summary>
    public DateTimeOffset CountedSince { get; init; }

    /// <summary>Delivered recipients.</summary>
    public RecentCounts Delivered { get; init; }

    /// <summary>Temporary failures of recipients; a recipient counts once per attempt.</summary>
    public RecentCounts Deferred { get; init; }

    /// <summary>Recipients that left the queue otherwise: failed, expired, or ended by an operator.</summary>
    public RecentCounts Failed { get; init; }

    /// <summary>The messages that are tried next, the first at first; messages on hold come last.</summary>
    public IReadOnlyList<WaitingMessage> Messages { get; init; } = [];

    /// <summary>The suspension of the queue; null for none.</summary>
    public Suspension? Suspension { get; init; }

    /// <summary>The pause of the site or of the lookup of its route; null for none.</summary>
    public SitePauseFacts? Pause { get; init; }

    /// <summary>Since when the route is being resolved; null if it is not.</summary>
    public DateTimeOffset? ResolvingSince { get; init; }

    /// <summary>Since when due messages wait for credit of the destination; null if none waits.</summary>
    public DateTimeOffset? CreditAskedSince { get; init; }

    /// <summary>The reply of the last lookup of the route, if it found that no mail can be sent; null otherwise.</summary>
    public NotedReply? NoRoute { get; init; }

    /// <summary>A reply in a line, cut at <see cref="MaxReplyLength"/>.</summary>
    public static string Cut(string reply) => reply.Length <= MaxReplyLength ? reply
        // An unpaired surrogate could not be sent.
        : reply[..(char.IsHighSurrogate(reply[MaxReplyLength - 1]) ? MaxReplyLength - 1 : MaxReplyLength)];
}

/// <summary>Counts of the last minute, hour and day. Each may include up to a sixth of its time more.</summary>
/// <param name="Minute">In the last minute.</param>
/// <param name="Hour">In the last hour.</param>
/// <param name="Day">In the last day.</param>
public readonly record struct RecentCounts(int Minute, int Hour, int Day);

/// <summary>A pause during which a queue makes no attempts.</summary>
/// <param name="Since">When the first of the failures in succession was; null if it is not known.</param>
/// <param name="Until">The end of the pause. It may end earlier: when the destination reaches the site, or new mail arrives.</param>
/// <param name="Reply">The reason, a reply in a line.</param>
public sealed record SitePauseFacts(DateTimeOffset? Since, DateTimeOffset Until, string Reply);

/// <summary>A reply with its time.</summary>
/// <param name="At">When it was given.</param>
/// <param name="Reply">The reply in a line.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this program.</param>
/// <param name="Count">How many replies with the same codes there were.</param>
public sealed record NotedReply(DateTimeOffset At, string Reply, string RemoteHost = "", long Count = 1);

/// <summary>The states of a message in a queue. The numbers are sent between nodes.</summary>
public enum WaitingState
{
    /// <summary>The message is due, and waits for a route or for credit.</summary>
    Due = 1,

    /// <summary>The message waits for its next attempt.</summary>
    Deferred = 2,

    /// <summary>An attempt has started and has no outcome.</summary>
    Sending = 3,

    /// <summary>An operator has put the message on hold.</summary>
    Held = 4,
}

/// <summary>A message in a queue.</summary>
/// <param name="Message">The message.</param>
/// <param name="State">Its state.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="NextAttempt">When it is tried next, as known now; null while that depends on an operator.</param>
public sealed record WaitingMessage(MessageId Message, WaitingState State, DateTimeOffset AcceptedAt, DateTimeOffset? NextAttempt)
{
    /// <summary>The number of attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>Open recipients.</summary>
    public int Recipients { get; init; }

    /// <summary>The last reply in a line; empty for none.</summary>
    public string LastReply { get; init; } = "";

    /// <summary>The host of the last reply; empty for a reply of this program.</summary>
    public string RemoteHost { get; init; } = "";

    /// <summary>The number of the last operator's action on the message; 0 for none.</summary>
    public int Action { get; init; }
}
