using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Recipients;

/// <summary>The answers of next hosts about recipients, for the checks of sessions. Thread-safe.</summary>
internal interface ICallout
{
    /// <summary>The answer that is kept; null for none.</summary>
    CalloutAnswer? Find(Mailbox recipient);

    /// <summary>Asks about a recipient.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="stream">The stream of the mail.</param>
    /// <param name="cancellationToken">Gives up the wait. The question goes on, and its answer is kept.</param>
    Task<CalloutAnswer> AskAsync(Mailbox recipient, string stream, CancellationToken cancellationToken);
}
