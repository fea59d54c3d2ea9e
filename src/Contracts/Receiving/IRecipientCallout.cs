using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>What the next host says of a recipient.</summary>
public enum CalloutResult
{
    /// <summary>There is no answer: the host cannot be reached, answers temporarily, or is none of the operator's own.</summary>
    Unknown,

    /// <summary>The host accepts mail for the recipient.</summary>
    Accepted,

    /// <summary>The host refuses mail for the recipient for good.</summary>
    Refused,
}

/// <summary>The answer of the next host about a recipient.</summary>
/// <param name="Result">What the host says.</param>
/// <param name="Reply">The reply of the host, or the reason why there is no answer; null where nobody was asked.</param>
public sealed record CalloutAnswer(CalloutResult Result, SmtpReply? Reply)
{
    /// <summary>Nobody was asked.</summary>
    public static CalloutAnswer NotAsked { get; } = new(CalloutResult.Unknown, null);
}

/// <summary>
/// Asks the next host of a recipient whether it accepts mail for the recipient, without sending any. Only hosts that a route names are
/// asked, never those that the DNS names: strangers' hosts are not to be bothered. Thread-safe.
/// </summary>
public interface IRecipientCallout
{
    /// <summary>Asks about a recipient.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="stream">The stream of the mail, which an operator may have moved to another route: then nobody is asked.</param>
    /// <param name="cancellationToken">Gives up waiting; the question itself ends by its own time limits.</param>
    /// <returns>The answer. Faults of the network and of the host are answers, too.</returns>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    Task<CalloutAnswer> AskAsync(Mailbox recipient, string stream, CancellationToken cancellationToken);
}
