using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>A connection on which a host can be asked about recipients.</summary>
internal interface ICalloutConnection : ISiteConnection
{
    /// <summary>
    /// Asks about a recipient by a transaction with the null reverse-path, which ends before DATA. Faults of the peer never throw.
    /// </summary>
    ValueTask<CalloutAnswer> AskAsync(Mailbox recipient);
}
