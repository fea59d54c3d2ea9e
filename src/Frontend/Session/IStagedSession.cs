using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The part of the session for the stages to read and change. Implemented by the session's machine, which calls the stages.
/// </summary>
internal interface IStagedSession : ISmtpSession
{
    /// <summary>The authenticated user; null before authentication, and again once TLS has started.</summary>
    Login? Login { get; set; }

    /// <summary>The dialogue of AUTH whose next response the session reads; null for none.</summary>
    ISaslDialogue? Dialogue { get; set; }

    /// <summary>Whether the client has sent EHLO.</summary>
    bool IsExtended { get; }

    /// <summary>Whether the client may authenticate without TLS.</summary>
    bool MayAuthenticateInPlaintext { get; }

    /// <summary>The channel binding <c>tls-server-end-point</c> of the session; empty without TLS.</summary>
    ReadOnlyMemory<byte> EndPointBinding { get; }

    /// <summary>
    /// Longest line that the session reads next, in octets with its CRLF. A stage raises the limit for its own dialogue and restores it
    /// afterwards: responses of AUTH have up to 12,288 octets (RFC 4954 section 4), commands have <see cref="FrontendLimits.CommandLine"/>.
    /// </summary>
    int MaxLine { get; set; }

    /// <summary>The session's transaction.</summary>
    Transaction Transaction { get; }

    /// <summary>The verdict of the connect stage on all messages of the session.</summary>
    StandingVerdict ConnectVerdict { get; set; }

    /// <summary>The check discarding the present message for all recipients; null for none.</summary>
    string? DiscardedBy { get; }

    /// <summary>The headers added to the present message by checks, in the order of the stages; null for none.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>>? Headers { get; }

    /// <summary>The memory for the changes of the present message, up to the end of the transaction.</summary>
    IMessageMemory BeginChanges();

    /// <summary>Keeps a question, whose verdict the session awaits.</summary>
    CommandResult Ask(Question question);

    /// <summary>Records an accepted HELO or EHLO and ends the transaction.</summary>
    void Greet(string name, bool isExtended, in StandingVerdict verdict);

    /// <summary>Counts the begin of a transaction.</summary>
    /// <returns>The number of transactions of the session, including the new transaction.</returns>
    int CountTransaction();
}
