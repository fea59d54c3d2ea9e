using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Suppression;

/// <summary>
/// The suppression list, for the path of mail. The module Operations implements it; Frontend, QueueActors and Delivery call it on their
/// threads. Thread-safe.
/// </summary>
/// <remarks>Methods throw <see cref="SuppressionUnavailableException"/> while the storage cannot be used.</remarks>
public interface ISuppression
{
    /// <summary>Whether the list is applied; where it is not, no method does anything.</summary>
    bool IsOn { get; }

    /// <summary>Whether the client is told at RCPT of a recipient on the list.</summary>
    bool RefusesRecipients { get; }

    /// <summary>Whether an entry may concern a recipient: <see cref="FindAsync"/> tells. Answers at once and does no I/O.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="recipient">The recipient.</param>
    bool MayConcern(SuppressedMail mail, Mailbox recipient);

    /// <summary>Finds the recipients on the list. Completes at once unless an entry may concern one of them.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="recipients">The recipients.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The recipients with an entry, by their index, in order.</returns>
    ValueTask<IReadOnlyList<SuppressedRecipient>> FindAsync(
        SuppressedMail mail, IReadOnlyList<Mailbox> recipients, CancellationToken cancellationToken);

    /// <summary>Whether failures of a class make entries by a rule.</summary>
    bool IsCounted(BounceClass failure);

    /// <summary>
    /// Counts failures by the rules, and makes the entries that are due; durable when the method returns. Counting the failures of a
    /// message again changes nothing.
    /// </summary>
    /// <param name="mail">The mail.</param>
    /// <param name="message">The message.</param>
    /// <param name="failures">The failed recipients.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask CountAsync(
        SuppressedMail mail, MessageId message, IReadOnlyList<CountedFailure> failures, CancellationToken cancellationToken);
}

/// <summary>What decides about the entries that concern a message.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="User">The user; empty for none.</param>
public readonly record struct SuppressedMail(string Stream, string User);

/// <summary>A recipient on the list.</summary>
/// <param name="Index">The index of the recipient.</param>
/// <param name="Reason">The reason of the entry.</param>
public readonly record struct SuppressedRecipient(int Index, string Reason);

/// <summary>A failed recipient.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Class">The class of the failure.</param>
public readonly record struct CountedFailure(Mailbox Recipient, BounceClass Class);

/// <summary>The suppression list cannot be used at present; the caller tries again later.</summary>
public sealed class SuppressionUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SuppressionUnavailableException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    public SuppressionUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    /// <param name="innerException">The cause.</param>
    public SuppressionUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
