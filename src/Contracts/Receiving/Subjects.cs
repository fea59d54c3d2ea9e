using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Receiving;

/// <summary>The subject of the connect stage: a connected client, before the greeting. A refusal ends the connection.</summary>
/// <param name="Session">The session.</param>
public readonly record struct ConnectSubject(ISessionView Session);

/// <summary>The subject of the hello stage: HELO or EHLO.</summary>
/// <param name="Session">The session, with the client's name before this command.</param>
/// <param name="Name">The name in the command, as received.</param>
/// <param name="IsExtended">Whether the command is EHLO.</param>
public readonly record struct HelloSubject(ISessionView Session, string Name, bool IsExtended);

/// <summary>The subject of the mail stage: MAIL.</summary>
/// <param name="Session">The session.</param>
/// <param name="ReversePath">The reverse-path; null for the null reverse-path.</param>
/// <param name="DeclaredSize">The declared size in octets; null for none.</param>
public readonly record struct MailSubject(ISessionView Session, Mailbox? ReversePath, long? DeclaredSize);

/// <summary>The subject of the recipient stage: RCPT.</summary>
/// <param name="Session">The session, with the recipients accepted before.</param>
/// <param name="Recipient">The recipient; for this host's postmaster, the mailbox for the postmaster's mail.</param>
/// <param name="Request">The recipient's DSN request.</param>
/// <param name="IsPostmaster">Whether the client named this host's postmaster, whose mail must be accepted from every client (RFC 5321
/// section 4.5.1).</param>
public readonly record struct RecipientSubject(ISessionView Session, Mailbox Recipient, DsnRequest Request, bool IsPostmaster);

/// <summary>
/// The subject of the data stage: a complete message before it is stored. Checks do not run for an already discarded message.
/// </summary>
/// <param name="Session">The session, with reverse-path and recipients.</param>
/// <param name="Content">The content, with this host's trace header above it.</param>
public readonly record struct DataSubject(ISessionView Session, MessageContent Content);

/// <summary>The subject of the stage of unknown commands, which are refused in any case; its checks may give another reply.</summary>
/// <param name="Session">The session.</param>
/// <param name="Line">The command line as received, as Latin-1.</param>
public readonly record struct UnknownSubject(ISessionView Session, string Line);

/// <summary>A subject that verdicts change: each check of its stage sees the changes of the checks before it.</summary>
/// <typeparam name="T">The subject.</typeparam>
public interface IChangedSubject<T> where T : struct
{
    /// <summary>What an accepting verdict changes; null for nothing.</summary>
    MessageChange? ChangeBy(in Verdict verdict);

    /// <summary>The subject after a change.</summary>
    T After(MessageChange change);
}

/// <summary>
/// The subject of the message stage: a message that the data stage has accepted, as it would be stored. Its checks may change the message
/// (<see cref="Verdict.AcceptChanged"/>). They do not run for a discarded message.
/// </summary>
/// <param name="Session">The session. It shows reverse-path and recipients before all changes.</param>
/// <param name="Id">The id of the message.</param>
/// <param name="Content">The content, with the header fields of earlier checks and this host's trace header above it.</param>
/// <param name="ReversePath">The reverse-path; null for the null reverse-path.</param>
/// <param name="Recipients">The recipients, each once.</param>
/// <param name="Memory">The memory for changes.</param>
public readonly record struct MessageSubject(
    ISmtpSession Session, MessageId Id, MessageContent Content, Mailbox? ReversePath, IReadOnlyList<MessageRecipient> Recipients,
    IMessageMemory Memory) : IChangedSubject<MessageSubject>
{
    /// <inheritdoc/>
    public MessageChange? ChangeBy(in Verdict verdict)
    {
        if (verdict.Header.IsEmpty) return verdict.Change;
        var changed = AddedHeaders.Above(verdict.Change?.Content ?? Content, [verdict.Header]);
        return (verdict.Change ?? new MessageChange()) with { Content = changed };
    }

    /// <inheritdoc/>
    public MessageSubject After(MessageChange change) => this with
    {
        Content = change.Content ?? Content,
        ReversePath = change.Sender is { } sender ? sender.ReversePath : ReversePath,
        Recipients = change.Recipients ?? Recipients,
    };
}
