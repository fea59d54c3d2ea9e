using System.Net;
using System.Text;
using Postfleet.Core.Mail;
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

    /// <summary>End the session.</summary>
    Close,
}

/// <summary>A reply and what follows from it.</summary>
internal readonly record struct Answer(byte[] Reply, SessionEffect Effect = SessionEffect.None, bool IsError = false)
{
    public static Answer Error(byte[] reply) => new(reply, SessionEffect.None, true);
}

/// <summary>
/// The policy of a session: command in, reply and effect out. It writes nothing and waits for nothing. What a verb needs to have gone
/// before stands in one table.
/// </summary>
internal sealed class SessionMachine(string hostname, SmtpOptions limits, RelayPolicy relay, IPAddress client)
{
    private readonly byte[] _ehlo = Encoding.ASCII.GetBytes(
        $"250-{hostname}\r\n250-PIPELINING\r\n250-SIZE {limits.MaxMessageSize.Bytes}\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");

    private readonly byte[] _helo = Encoding.ASCII.GetBytes($"250 {hostname}\r\n");

    [Flags]
    private enum States
    {
        Start = 1,
        Greeted = 2,
        Mail = 4,
        Recipients = 8,
        Any = 15,
    }

    public Transaction Transaction { get; } = new();

    /// <summary>What the client calls itself; empty before HELO or EHLO.</summary>
    public string ClientName { get; private set; } = "";

    /// <summary>Whether the client has said EHLO.</summary>
    public bool IsExtended { get; private set; }

    private States State => ClientName.Length == 0 ? States.Start
        : !Transaction.IsOpen ? States.Greeted
        : Transaction.Accepted == 0 ? States.Mail : States.Recipients;

    public Answer Handle(ReadOnlySpan<byte> line)
    {
        var verb = CommandParser.Parse(line, out var argument);
        if (Refuse(verb) is { } refusal) return Answer.Error(refusal);
        return verb switch
        {
            Verb.Mail => Mail(argument),
            Verb.Rcpt => Recipient(argument),
            Verb.Data => argument.IsEmpty ? new Answer(Replies.StartData, SessionEffect.ReadData) : Answer.Error(Replies.NoArgument),
            Verb.Ehlo => Hello(argument, isExtended: true),
            Verb.Helo => Hello(argument, isExtended: false),
            Verb.Rset => argument.IsEmpty ? Reset() : Answer.Error(Replies.NoArgument),
            Verb.Noop => new Answer(Replies.Ok),
            Verb.Vrfy => argument.IsEmpty ? Answer.Error(Replies.ArgumentNeeded) : new Answer(Replies.CannotVerify),
            Verb.Expn => Answer.Error(Replies.NotImplemented),
            Verb.Help => new Answer(Replies.Help),
            Verb.Quit => argument.IsEmpty ? new Answer(Replies.Bye, SessionEffect.Close) : Answer.Error(Replies.NoArgument),
            _ => Answer.Error(Replies.UnknownCommand),
        };
    }

    /// <summary>Forgets the transaction; after DATA, whatever came of it.</summary>
    public void EndTransaction() => Transaction.Reset();

    // verb        needs                           else
    // MAIL        greeted, no transaction         503
    // RCPT        a transaction                   503
    // DATA        a recipient                     503, or 554 when all were refused
    // the others  nothing
    private byte[]? Refuse(Verb verb) => verb switch
    {
        Verb.Mail when (State & States.Greeted) == 0 => State == States.Start ? Replies.HelloFirst : Replies.NestedMail,
        Verb.Rcpt when (State & (States.Mail | States.Recipients)) == 0 => Replies.MailFirst,
        Verb.Data when (State & States.Recipients) == 0 =>
            !Transaction.IsOpen ? Replies.MailFirst : Transaction.Refused > 0 ? Replies.NoValidRecipients : Replies.RecipientFirst,
        _ => null,
    };

    private Answer Hello(ReadOnlySpan<byte> argument, bool isExtended)
    {
        // Names are taken as they come, as Postfix does: half of the world's are wrong. An empty one says nothing at all.
        if (argument.IsEmpty) return Answer.Error(Replies.NameNeeded);
        ClientName = Encoding.Latin1.GetString(argument[..Math.Min(argument.Length, DomainName.MaxLength)]);
        IsExtended = isExtended;
        Transaction.Reset();
        return new Answer(isExtended ? _ehlo : _helo);
    }

    private Answer Reset()
    {
        Transaction.Reset();
        return new Answer(Replies.Ok);
    }

    private Answer Mail(ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "FROM:"u8, out var mailbox, out var text);
        if (result == PathResult.NotAscii) return Answer.Error(Replies.NotAscii);
        if (result == PathResult.Postmaster) result = Local("postmaster", out mailbox);
        if (result == PathResult.Invalid) return Answer.Error(Replies.BadSender);
        if (!MailParameters.TryParse(text, out var parameters)) return Answer.Error(Replies.BadParameter);
        if (parameters.Size > limits.MaxMessageSize.Bytes) return Answer.Error(Replies.TooLarge);
        Transaction.Begin(mailbox, parameters.Size);
        return new Answer(Replies.SenderOk);
    }

    private Answer Recipient(ReadOnlySpan<byte> argument)
    {
        var answer = TakeRecipient(argument);
        if (answer.IsError) Transaction.Refused++;
        return answer;
    }

    private Answer TakeRecipient(ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "TO:"u8, out var mailbox, out var parameters);
        if (result == PathResult.NotAscii) return Answer.Error(Replies.NotAscii);
        if (result == PathResult.Postmaster) result = Local("postmaster", out mailbox);
        if (result != PathResult.Mailbox) return Answer.Error(Replies.BadRecipient);
        if (!parameters.IsEmpty) return Answer.Error(Replies.BadParameter);
        if (!relay.Allows(client, mailbox!.Domain)) return Answer.Error(Replies.RelayDenied);
        // Not an error of the client's: it goes on with the rest in a message of its own (RFC 5321 section 4.5.3.1.10).
        if (Transaction.Accepted >= limits.MaxRecipients) return new Answer(Replies.TooManyRecipients);
        Transaction.Add(mailbox);
        return new Answer(Replies.RecipientOk);
    }

    private PathResult Local(string name, out Mailbox? mailbox) =>
        Mailbox.TryParse($"{name}@{hostname}", out mailbox) ? PathResult.Mailbox : PathResult.Invalid;
}
