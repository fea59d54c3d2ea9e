using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>Monitoring to destination: asks for a description of the destination, which goes to the sender.</summary>
/// <param name="Destination">The destination.</param>
public sealed record DescribeDestination(DestinationId Destination) : IDestinationMessage;

/// <summary>
/// What only the actor of a destination knows about it, made when it is asked for. The texts of remote hosts in it are cut.
/// </summary>
/// <param name="Destination">The destination.</param>
public sealed record DestinationDescription(DestinationId Destination) : IProtocolMessage
{
    /// <summary>The most connections in a description.</summary>
    public const int MaxConnections = 100;

    /// <summary>The most queues in a description.</summary>
    public const int MaxQueues = 100;

    /// <summary>The most streams in a description.</summary>
    public const int MaxStreams = 100;

    /// <summary>Connections, in the order of their opening.</summary>
    public IReadOnlyList<ConnectionFacts> Connections { get; init; } = [];

    /// <summary>The last replies other than successes, the newest first: one for each pair of codes.</summary>
    public IReadOnlyList<NotedReply> Replies { get; init; } = [];

    /// <summary>When a recipient was last accepted by the site; null if none was since the destination runs on its node.</summary>
    public DateTimeOffset? LastDeliveryAt { get; init; }

    /// <summary>Queues with requests, credit or jobs here, the queues with the most first.</summary>
    public IReadOnlyList<QueueAtDestination> Queues { get; init; } = [];

    /// <summary>The streams of all these queues, the streams with the most requests and jobs first.</summary>
    public IReadOnlyList<StreamAtDestination> Streams { get; init; } = [];
}

/// <summary>The phases of a connection. The numbers are sent between nodes.</summary>
public enum ConnectionPhase
{
    /// <summary>The connection is being opened: TCP, the greeting, EHLO, TLS, AUTH.</summary>
    Opening = 1,

    /// <summary>The connection is open and has no message.</summary>
    Idle = 2,

    /// <summary>A message is being sent.</summary>
    Sending = 3,

    /// <summary>The connection is being closed.</summary>
    Closing = 4,
}

/// <summary>A connection to a mail host.</summary>
/// <param name="Number">Its number at the destination.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="OpenedAt">When its opening began.</param>
/// <param name="PhaseSince">When the phase began.</param>
public sealed record ConnectionFacts(int Number, ConnectionPhase Phase, DateTimeOffset OpenedAt, DateTimeOffset PhaseSince)
{
    /// <summary>Name and address of the host; empty while the connection is being opened, and where mail leaves over no network.</summary>
    public string RemoteHost { get; init; } = "";

    /// <summary>The address of this system on the connection; empty while it is not known.</summary>
    public string Source { get; init; } = "";

    /// <summary>The TLS parameters, as in the log; empty while they are not known.</summary>
    public string Tls { get; init; } = "";

    /// <summary>The number of messages sent so far.</summary>
    public int Messages { get; init; }

    /// <summary>The part that is being sent; null for none.</summary>
    public PartId? Part { get; init; }
}

/// <summary>A queue at a destination.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Waiting">Its jobs that wait for a connection or for the rate.</param>
/// <param name="Wanted">Its requests for credit.</param>
/// <param name="Granted">Its unused credit.</param>
public sealed record QueueAtDestination(QueueKey Queue, int Waiting, int Wanted, int Granted);

/// <summary>A stream at a destination.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Queues">Its queues with requests, credit or jobs.</param>
/// <param name="Waiting">Their jobs that wait for a connection or for the rate.</param>
/// <param name="Wanted">Their requests for credit.</param>
/// <param name="Granted">Their unused credit.</param>
public sealed record StreamAtDestination(string Stream, int Weight, int Queues, int Waiting, int Wanted, int Granted)
{
    /// <summary>The rate to which a rule for replies has lowered the stream, with the reason; empty if none has.</summary>
    public string Slowed { get; init; } = "";
}
