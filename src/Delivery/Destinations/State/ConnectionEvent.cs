using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// An event of one connection, as its loop reports it to the destination: <see cref="Failed"/>, or <see cref="Opened"/>, then one
/// <see cref="Ended"/> for each job, and <see cref="Closed"/> as the last.
/// </summary>
internal abstract record ConnectionEvent(int Id)
{
    /// <summary>The connection is open.</summary>
    public sealed record Opened(int Id) : ConnectionEvent(Id);

    /// <summary>No connection could be opened.</summary>
    public sealed record Failed(int Id, SmtpReply Reply) : ConnectionEvent(Id)
    {
        /// <summary>The rule that reacts to what the host said; null for none.</summary>
        public ReplyMatch? Match { get; init; }
    }

    /// <summary>A job has ended.</summary>
    /// <param name="Id">The number of the connection.</param>
    /// <param name="Outcome">The outcome; null when nothing was attempted and the job has to go on another connection.</param>
    /// <param name="Transactions">The number of SMTP transactions begun for the job; null when unknown.</param>
    /// <param name="IsUsable">Whether the connection takes another job; otherwise it closes itself.</param>
    public sealed record Ended(int Id, JobOutcome? Outcome, int? Transactions, bool IsUsable) : ConnectionEvent(Id)
    {
        /// <summary>The rules that react to replies of the attempt, each once.</summary>
        public IReadOnlyList<ReplyMatch> Matches { get; init; } = [];
    }

    /// <summary>The connection is closed.</summary>
    public sealed record Closed(int Id) : ConnectionEvent(Id);
}
