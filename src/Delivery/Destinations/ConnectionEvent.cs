using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>What a connection's loop says to its destination: <see cref="Failed"/>, or <see cref="Opened"/>, then each job's end, and
/// <see cref="Closed"/> as the last.</summary>
internal abstract record ConnectionEvent(int Id)
{
    /// <summary>The connection is open.</summary>
    public sealed record Opened(int Id) : ConnectionEvent(Id);

    /// <summary>No connection could be opened.</summary>
    public sealed record Failed(int Id, SmtpReply Reply) : ConnectionEvent(Id);

    /// <summary>
    /// A job has ended, after so many transactions were begun for it (null: not known); without an outcome it has to go on another
    /// connection. A connection that is not usable closes itself.
    /// </summary>
    public sealed record Ended(int Id, JobOutcome? Outcome, int? Transactions, bool IsUsable) : ConnectionEvent(Id);

    /// <summary>The connection is closed.</summary>
    public sealed record Closed(int Id) : ConnectionEvent(Id);
}
