using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.Admin.Options;

/// <summary>The settings of the Admin module.</summary>
/// <param name="Admin">The endpoint and its token.</param>
/// <param name="Metrics">The metrics.</param>
public sealed record AdminSettings(AdminOptions Admin, MetricsOptions Metrics)
{
    /// <summary>The traces of messages.</summary>
    public TracingOptions Tracing { get; init; } = new();

    /// <summary>The version of the program.</summary>
    public string Version { get; init; } = "";

    /// <summary>The host name of this node.</summary>
    public string Hostname { get; init; } = "localhost";

    /// <summary>The largest accepted message, the same as by SMTP.</summary>
    public ByteSize MaxMessageSize { get; init; } = new(25_000_000);

    /// <summary>The most recipients of a message, the same as by SMTP.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>How far ahead the time of sending of a message may be: the queue lifetime.</summary>
    public TimeSpan MaxSendAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>The highest priority of a message, the same as by SMTP; higher ones are lowered.</summary>
    public int MaxPriority { get; init; } = MessagePriority.Max;

    /// <summary>The streams; messages of the API must have one of them, unless there is none.</summary>
    public StreamSet Streams { get; init; } = StreamSet.None;

    /// <summary>The routes, in order of precedence, of which some may reject recipients; null for none that does.</summary>
    public IReadOnlyList<RouteRule>? Routes { get; init; }

    /// <summary>The changes of addresses and header fields of messages of the API; null for none.</summary>
    public IMailRewriting? Rewriting { get; init; }

    /// <summary>The roles of this node.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The folder of embedded storage; null where nodes share a database.</summary>
    public string? StorageFolder { get; init; }
}
