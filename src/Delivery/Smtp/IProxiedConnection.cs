using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>The reply to a question about a recipient.</summary>
/// <param name="Reply">The reply.</param>
/// <param name="IsOwn">Whether the reply is this node's: the host has not replied, or cannot receive mail for the address.</param>
internal readonly record struct AskedReply(SmtpReply Reply, bool IsOwn)
{
    /// <summary>Whether the host has not replied in time.</summary>
    public bool HasTimedOut { get; init; }
}

/// <summary>A connection over which mail is passed on while the client waits.</summary>
internal interface IProxiedConnection : ICalloutConnection
{
    /// <summary>
    /// Whether the final dot of the last message was written, so that the host may have taken the message. Of a message in several
    /// transactions, the last one counts: one without a reply is the last.
    /// </summary>
    bool HasSentFinalDot { get; }

    /// <summary>Asks about a recipient by a transaction that ends before DATA. Faults of the peer never throw.</summary>
    /// <param name="sender">The reverse-path; null for the null reverse-path.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="size">The declared size in octets; null for none.</param>
    ValueTask<AskedReply> AskAsync(Mailbox? sender, Mailbox recipient, long? size);
}
