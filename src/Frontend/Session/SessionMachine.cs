using System.Net;
using System.Text;
using Postfleet.Core.Options;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>What the loop has to do beside writing the reply.</summary>
internal enum SessionEffect
{
    None,

    /// <summary>Read the message.</summary>
    ReadData,

    /// <summary>Read a chunk of the message.</summary>
    ReadChunk,

    /// <summary>Pass over a chunk that is refused.</summary>
    SkipChunk,

    /// <summary>Start TLS once the reply is out.</summary>
    StartTls,

    /// <summary>End the session.</summary>
    Close,

    /// <summary>End the session without a word.</summary>
    Abandon,
}

/// <summary>A reply and what follows from it. What is junk does nothing.</summary>
internal readonly record struct Answer(byte[] Reply, SessionEffect Effect = SessionEffect.None, bool IsError = false, bool IsJunk = false)
{
    public static Answer Error(byte[] reply) => new(reply, SessionEffect.None, true);
}

/// <summary>
/// The policy of a session: command in, reply and effect out. It writes nothing and waits for nothing. Which verb may come when stands in
/// <see cref="PolicyTable"/>; here is what each of them asks of its argument.
/// </summary>
internal sealed class SessionMachine(OwnReplies own, SmtpOptions limits, RelayPolicy relay, IPAddress client, BodyMemory memory)
{
    private int _transactions;

    /// <summary>Whether the client may send anywhere; such clients are also forgiven what old programs and devices do.</summary>
    public bool IsTrusted { get; } = relay.IsTrusted(client);

    /// <summary>The reverse-path of the transaction for the log; empty outside of one.</summary>
    public string Sender => State is SessionState.Connected or SessionState.Greeted ? "" : Transaction.ReversePath?.Address ?? "<>";

    public Transaction Transaction { get; } = new(memory.OpenLease(relay.IsTrusted(client) ? null : client));

    public SessionState State { get; private set; }

    /// <summary>What the client calls itself; empty before HELO or EHLO.</summary>
    public string ClientName { get; private set; } = "";

    /// <summary>Whether the client has said EHLO.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>Whether TLS is active.</summary>
    public bool IsSecure { get; private set; }

    /// <summary>What the last BDAT has said.</summary>
    public Chunk Chunk { get; private set; }

    public Answer Handle(ReadOnlySpan<byte> line)
    {
        var verb = CommandParser.Parse(line, out var argument);
        // A web page can make a browser send mail with the body of a form, unless the first line of the request ends the session.
        if (verb == Verb.Foreign) return new Answer(Replies.NotSmtp, SessionEffect.Close, IsError: true);
        var transition = PolicyTable.Find(State, verb, !argument.IsEmpty);
        // Before all else: wherever it comes, octets follow it.
        if (verb == Verb.Bdat) return TakeChunk(argument, transition);
        if (transition.Refusal is { } refusal) return Answer.Error(refusal);
        var answer = verb switch
        {
            Verb.Mail => Mail(argument),
            Verb.Rcpt => Recipient(argument),
            Verb.Data => new Answer(Replies.StartData, SessionEffect.ReadData),
            Verb.Ehlo => Hello(argument, isExtended: true),
            Verb.Helo => Hello(argument, isExtended: false),
            Verb.Rset => Reset(),
            Verb.Noop => Junk(Replies.Ok),
            Verb.Vrfy => Junk(Replies.CannotVerify),
            Verb.Help => Junk(Replies.Help),
            Verb.StartTls => StartTls(),
            Verb.Quit => new Answer(Replies.Bye, SessionEffect.Close),
            _ => throw new InvalidOperationException($"the table lets {verb} pass, and nobody takes it"),
        };
        // The transaction of a message that is being read is over when the message is: see EndTransaction.
        if (!answer.IsError && verb != Verb.Data) State = transition.Next;
        else if (verb == Verb.Rcpt && State == SessionState.Mail) State = SessionState.Refused;
        return answer;
    }

    /// <summary>Forgets the transaction; after DATA, whatever came of it.</summary>
    public void EndTransaction()
    {
        Transaction.Reset();
        State = SessionState.Greeted;
    }

    /// <summary>TLS is active: what was said before it is forgotten, since anybody may have said it (RFC 3207 section 4.2).</summary>
    public void BeginSecure()
    {
        Transaction.Reset();
        State = SessionState.Connected;
        ClientName = "";
        IsExtended = false;
        IsSecure = true;
    }

    private Answer TakeChunk(ReadOnlySpan<byte> argument, Transition transition)
    {
        if (!Chunk.TryParse(argument, out var chunk)) return new Answer(Replies.BadChunk, SessionEffect.Close, IsError: true);
        Chunk = chunk;
        if (transition.Refusal is { } refusal) return new Answer(refusal, SessionEffect.SkipChunk, IsError: true);
        State = transition.Next;
        return new Answer([], SessionEffect.ReadChunk);
    }

    private Answer StartTls()
    {
        if (!own.HasTls) return Answer.Error(Replies.NotImplemented);
        return IsSecure ? Answer.Error(Replies.TlsActive) : new Answer(Replies.StartTls, SessionEffect.StartTls);
    }

    private Answer Hello(ReadOnlySpan<byte> argument, bool isExtended)
    {
        // Names are taken as they come, as Postfix does: half of the world's are wrong. An empty one says nothing at all, and the table refuses it.
        // What is longer than a name can be is cut: it goes into the trace header and the log.
        ClientName = Encoding.Latin1.GetString(argument[..Math.Min(argument.Length, FrontendLimits.HelloName)]);
        IsExtended = isExtended;
        Transaction.Reset();
        return Junk(isExtended ? own.Ehlo(IsSecure) : own.Helo);
    }

    private static Answer Junk(byte[] reply) => new(reply, IsJunk: true);

    private Answer Reset()
    {
        Transaction.Reset();
        return Junk(Replies.Ok);
    }

    private Answer Mail(ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "FROM:"u8, IsTrusted, out var mailbox, out var text);
        if (result == PathResult.Invalid) return Answer.Error(Replies.BadSender);
        if (result == PathResult.TooLong) return Answer.Error(Replies.LongSender);
        if (result == PathResult.LongDomain) return Answer.Error(Replies.LongSenderDomain);
        if (result == PathResult.Postmaster) mailbox = own.Postmaster;
        if (!MailParameters.TryParse(text, IsTrusted, out var parameters, out var refused))
            return Answer.Error(parameters.IsMalformed ? Replies.MalformedParameter(refused) : Replies.BadParameter(refused));
        // The domain's A-labels do not show any more that it was written otherwise.
        if (!parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return Answer.Error(Replies.NotAscii);
        if (parameters.RequiresTls && !IsSecure) return Answer.Error(Replies.TlsForRequireTls);
        if (parameters.Size > limits.MaxMessageSize.Bytes) return Answer.Error(Replies.TooLarge);
        if (++_transactions > limits.MaxMessagesPerConnection) return new Answer(Replies.TooManyMessages, SessionEffect.Close, IsError: true);
        Transaction.Begin(mailbox, parameters);
        return new Answer(Replies.SenderOk);
    }

    private Answer Recipient(ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "TO:"u8, IsTrusted, out var mailbox, out var parameters);
        if (!Transaction.Parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return Answer.Error(Replies.NotAscii);
        if (result is PathResult.Invalid or PathResult.Null) return Answer.Error(Replies.BadRecipient);
        if (result == PathResult.TooLong) return Answer.Error(Replies.LongRecipient);
        if (result == PathResult.LongDomain) return Answer.Error(Replies.LongRecipientDomain);
        if (!DsnParameters.TryParseRecipient(parameters, out var request, out var refused))
            return Answer.Error(Replies.BadParameter(refused));
        if (result == PathResult.Postmaster || relay.IsPostmaster(mailbox!))
        {
            // Everybody may write to the postmaster (RFC 5321 section 4.5.1), where mail for it goes anywhere.
            mailbox = relay.PostmasterFor(IsTrusted);
            if (mailbox is null) return Answer.Error(Replies.NoPostmaster);
        }
        else if (!relay.Allows(client, mailbox!.Domain)) return Answer.Error(Replies.RelayDenied);
        else if (!IsTrusted && RelayPolicy.IsRouted(mailbox.LocalPart)) return Answer.Error(Replies.RoutedAddress);
        if (relay.Rejects(mailbox!.Domain)) return Answer.Error(Replies.Rejected);
        // Not an error of the client's: it goes on with the rest in a message of its own (RFC 5321 section 4.5.3.1.10).
        if (Transaction.Accepted >= limits.MaxRecipients) return new Answer(Replies.TooManyRecipients);
        return new Answer(Transaction.TryAdd(mailbox!, request, argument.Length) ? Replies.RecipientOk : Replies.InsufficientStorage);
    }
}
