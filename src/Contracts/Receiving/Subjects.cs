using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>
/// What a check of the connect stage judges: a client that has connected, before it is greeted. A refusal ends the connection.
/// </summary>
/// <param name="Session">The session.</param>
public readonly record struct ConnectSubject(ISessionView Session);

/// <summary>What a check of the hello stage judges: HELO or EHLO.</summary>
/// <param name="Session">The session. Its name is still the one before.</param>
/// <param name="Name">What the client calls itself now, as it came.</param>
/// <param name="IsExtended">Whether the command is EHLO.</param>
public readonly record struct HelloSubject(ISessionView Session, string Name, bool IsExtended);

/// <summary>What a check of the mail stage judges: MAIL.</summary>
/// <param name="Session">The session.</param>
/// <param name="ReversePath">The reverse-path; null for the null reverse-path.</param>
/// <param name="DeclaredSize">The size that the client has declared, in octets, if it has.</param>
public readonly record struct MailSubject(ISessionView Session, Mailbox? ReversePath, long? DeclaredSize);

/// <summary>What a check of the recipient stage judges: RCPT.</summary>
/// <param name="Session">The session, with the recipients that are taken already.</param>
/// <param name="Recipient">The recipient. Where the client has named this host's postmaster, it is the mailbox which its mail goes
/// to.</param>
/// <param name="Request">What is asked of the reports about the recipient.</param>
/// <param name="IsPostmaster">Whether the client has named this host's postmaster, whom everybody may write to (RFC 5321 section
/// 4.5.1).</param>
public readonly record struct RecipientSubject(ISessionView Session, Mailbox Recipient, DsnRequest Request, bool IsPostmaster);

/// <summary>
/// What a check of the data stage judges: a message that is complete and not stored yet. It is not asked about a message that is discarded
/// already.
/// </summary>
/// <param name="Session">The session, with reverse-path and recipients.</param>
/// <param name="Content">The content, with this host's trace header above it.</param>
public readonly record struct DataSubject(ISessionView Session, MessageContent Content);
