using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>A part as a delivery reads it.</summary>
/// <param name="Id">The id of the part.</param>
/// <param name="AcceptedAt">The time at which its message was accepted.</param>
/// <param name="Message">The message's envelope.</param>
/// <param name="Part">The part's envelope.</param>
/// <param name="Content">The message's content.</param>
public sealed record SpooledPart(PartId Id, DateTimeOffset AcceptedAt, MessageEnvelope Message, PartEnvelope Part, MessageContent Content)
{
    /// <summary>
    /// Whether nothing else of the message is left: no other part, and no note for a report. Only
    /// <see cref="IReportStore.ReadHeadAsync"/> sets it.
    /// </summary>
    public bool IsAlone { get; init; }
}

/// <summary>Reads parts for delivery. Thread-safe.</summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IPartReader
{
    /// <summary>
    /// Reads a part for delivery; null where the part was settled. The content may come from a cache of messages stored on this node. The
    /// cache returns each part once, so a second read always goes to the storage.
    /// </summary>
    /// <exception cref="CorruptPartException">The part's rows cannot be read.</exception>
    ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken);
}
