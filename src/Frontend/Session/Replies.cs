using System.Text;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The constant replies, encoded once. Their texts are generic: internal causes go to the log and not to the client.
/// </summary>
internal static class Replies
{
    public static readonly byte[] Ok = Line("250 2.0.0 Ok");
    public static readonly byte[] SenderOk = Line("250 2.1.0 Ok");
    public static readonly byte[] RecipientOk = Line("250 2.1.5 Ok");
    public static readonly byte[] StartData = Line("354 End data with <CR><LF>.<CR><LF>");
    public static readonly byte[] Bye = Line("221 2.0.0 Bye");
    public static readonly byte[] CannotVerify = Line("252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery");
    public static readonly byte[] Help = Line(
        "214 2.0.0 HELO EHLO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY EXPN HELP QUIT; see RFC 5321");
    public static readonly byte[] UnknownCommand = Line("500 5.5.1 Command not recognized");
    public static readonly byte[] NotImplemented = Line("502 5.5.1 Command not implemented");
    public static readonly byte[] LineTooLong = Line("500 5.5.2 Line too long");
    public static readonly byte[] BareLineEnd = Line("500 5.5.2 Lines must end with <CR><LF>");
    public static readonly byte[] NameNeeded = Line("501 5.5.4 A host name is needed");
    public static readonly byte[] NoArgument = Line("501 5.5.4 No argument is allowed");
    public static readonly byte[] ArgumentNeeded = Line("501 5.5.4 An argument is needed");
    public static readonly byte[] BadSender = Line("501 5.1.7 Bad sender address syntax");
    public static readonly byte[] BadRecipient = Line("501 5.1.3 Bad recipient address syntax");
    public static readonly byte[] NotAscii = Line("553 5.6.7 Address with non-ASCII characters needs SMTPUTF8");
    public static readonly byte[] LongSender = Line("501 5.1.7 Sender address is longer than 254 octets");
    public static readonly byte[] LongRecipient = Line("501 5.1.3 Recipient address is longer than 254 octets");
    public static readonly byte[] LongSenderDomain = Line(
        "501 5.1.7 The domain of the sender address is longer than 253 octets, or than 63 in a label");
    public static readonly byte[] LongRecipientDomain = Line(
        "501 5.1.3 The domain of the recipient address is longer than 253 octets, or than 63 in a label");
    public static readonly byte[] TlsForRequireTls = Line("555 5.5.4 REQUIRETLS needs TLS");
    public static readonly byte[] EhloFirst = Line("503 5.5.1 Send EHLO first");
    public static readonly byte[] Authenticated = Line("235 2.7.0 Authentication successful");
    public static readonly byte[] AuthenticatedAlready = Line("503 5.5.1 Already authenticated");
    public static readonly byte[] NoAuthentication = Line("503 5.5.1 Authentication is not offered here");
    public static readonly byte[] MechanismNeeded = Line("501 5.5.4 The name of a mechanism is needed");
    public static readonly byte[] UnknownMechanism = Line("504 5.5.4 Authentication mechanism not offered");
    public static readonly byte[] EncryptionRequired = Line("538 5.7.11 Encryption required for authentication, use STARTTLS");
    public static readonly byte[] NotBase64 = Line("501 5.5.2 The response is not valid Base64");
    public static readonly byte[] MalformedResponse = Line("501 5.5.2 The response does not fit the mechanism");
    public static readonly byte[] ResponseTooLong = Line("500 5.5.6 Authentication exchange line is too long");
    public static readonly byte[] AuthenticationCancelled = Line("501 5.7.0 Authentication cancelled");
    public static readonly byte[] InvalidCredentials = Line("535 5.7.8 Authentication credentials invalid");
    public static readonly byte[] AuthenticationUnavailable = Line("454 4.7.0 Temporary authentication failure");
    public static readonly byte[] TooManyLogins = Line("421 4.7.0 Too many failed logins, closing connection");
    public static readonly byte[] HelloFirst = Line("503 5.5.1 Send HELO or EHLO first");
    public static readonly byte[] NestedMail = Line("503 5.5.1 Nested MAIL command");
    public static readonly byte[] MailOpen = Line("503 5.5.1 Not inside a mail transaction");
    public static readonly byte[] StartTls = Line("220 2.0.0 Ready to start TLS");
    public static readonly byte[] TlsActive = Line("503 5.5.1 TLS is active already");
    public static readonly byte[] NothingBehindStartTls = Line("421 4.7.0 Nothing may follow STARTTLS before its reply");
    public static readonly byte[] MailFirst = Line("503 5.5.1 MAIL command needed");
    public static readonly byte[] RcptFirst = Line("503 5.5.1 RCPT command needed");
    public static readonly byte[] InChunks = Line("503 5.5.1 Not between two BDAT commands");
    public static readonly byte[] BadChunk = Line("421 4.7.0 BDAT needs a number of octets, closing connection");
    public static readonly byte[] NoRecipients = Line("554 5.5.1 No valid recipients");
    public static readonly byte[] TooManyRecipients = Line("452 4.5.3 Too many recipients");
    public static readonly byte[] NoPostmaster = Line("550 5.1.1 No mailbox for postmaster here");
    public static readonly byte[] TooLarge = Line("552 5.3.4 Message size exceeds fixed maximum message size");
    public static readonly byte[] LargerThanDeclared = Line("552 5.3.4 Message exceeds its declared SIZE");
    public static readonly byte[] BareLineEndInData = Line("550 5.6.11 Bare <CR> or <LF> in message content");
    public static readonly byte[] MalformedKey = Line(
        "554 5.6.0 X-Postfleet-Idempotency-Key must be given once, with 1 to 255 printable ASCII characters");
    public static readonly byte[] MalformedStream = Line(
        "554 5.6.0 X-Postfleet-Stream must be given once, with 1 to 32 letters, digits, - and _");
    public static readonly byte[] KeyConflict = Line(
        "554 5.6.0 X-Postfleet-Idempotency-Key was used within 24 hours with another message or other recipients");
    public static readonly byte[] TooManyHops = Line("554 5.4.6 Too many hops");
    public static readonly byte[] InsufficientStorage = Line("452 4.3.1 Insufficient system storage");
    public static readonly byte[] StorageUnavailable = Line("451 4.3.0 Mail system temporarily unavailable");
    public static readonly byte[] SigningUnavailable = Line("451 4.3.5 Mail of this domain cannot be signed at present");
    public static readonly byte[] Unsignable = Line(
        "554 5.6.0 Mail must be signed here, which needs one From field with a readable address");
    public static readonly byte[] Timeout = Line("421 4.4.2 Timeout, closing connection");
    public static readonly byte[] ShuttingDown = Line("421 4.3.2 Service shutting down");
    public static readonly byte[] SessionTooLong = Line("421 4.4.2 Session too long, closing connection");
    public static readonly byte[] TooSlow = Line("421 4.4.2 Data rate too low, closing connection");
    public static readonly byte[] RefusedTooLong = Line("421 4.7.0 Too much follows a refused message, closing connection");
    public static readonly byte[] NotSmtp = Line("421 4.7.0 This is an SMTP server, closing connection");
    public static readonly byte[] EarlyTalker = Line("554 5.5.1 Input before the greeting is not allowed");
    public static readonly byte[] TooManyMessages = Line("421 4.7.0 Too many messages in one session");
    public static readonly byte[] TooManyCommands = Line("421 4.7.0 Too many commands in one session");
    public static readonly byte[] TooMuchJunk = Line("421 4.7.0 Too many commands that do nothing");
    public static readonly byte[] TooManyFields = Line("550 5.6.0 A header field is repeated too often");
    public static readonly byte[] NulInData = Line("550 5.6.11 NUL in message content");
    public static readonly byte[] TooManyErrors = Line("421 4.7.0 Too many errors");
    public static readonly byte[] TooManyConnections = Line("421 4.7.0 Too many connections");

    // Longest part of a refused parameter to be repeated in a reply: the client must not determine the length of replies.
    private const int MaxParameter = 80;

    /// <summary>Refuses an unknown parameter of MAIL or RCPT, or an unsupported value.</summary>
    public static byte[] BadParameter(ReadOnlySpan<byte> parameter) =>
        Naming("555 5.5.4 Parameter not recognized or not implemented", parameter);

    /// <summary>Refuses the malformed value of a known parameter, with the code of RFC 6710 section 4.1 for its parameter.</summary>
    public static byte[] MalformedParameter(ReadOnlySpan<byte> parameter) =>
        Naming($"501 {(Keyword.TryCut(parameter, "MT-PRIORITY="u8, out _) ? "5.5.2" : "5.5.4")} Parameter value is not valid", parameter);

    // Octets other than printable ASCII become question marks.
    private static byte[] Naming(string text, ReadOnlySpan<byte> parameter)
    {
        Span<char> shown = stackalloc char[MaxParameter];
        var length = Math.Min(parameter.Length, MaxParameter);
        for (var i = 0; i < length; i++) shown[i] = parameter[i] is > 0x20 and < 0x7f ? (char)parameter[i] : '?';
        return Line($"{text}: {shown[..length]}");
    }

    /// <summary>Encodes a line with its CRLF.</summary>
    public static byte[] Line(string text) => Encoding.ASCII.GetBytes(text + "\r\n");
}
