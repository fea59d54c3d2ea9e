using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The recipient stage: RCPT. A header that its checks add is the message's; a recipient that they discard gets nothing, and the other
/// recipients get the message.
/// </summary>
internal sealed class RecipientStage(SmtpOptions limits, RelayPolicy relay, CheckList<RecipientSubject> checks)
{
    public Answer Handle(IStagedSession session, ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "TO:"u8, session.IsTrusted, out var mailbox, out var parameters);
        if (!session.Transaction.Parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return Answer.Error(Replies.NotAscii);
        if (result is PathResult.Invalid or PathResult.Null) return Answer.Error(Replies.BadRecipient);
        if (result == PathResult.TooLong) return Answer.Error(Replies.LongRecipient);
        if (result == PathResult.LongDomain) return Answer.Error(Replies.LongRecipientDomain);
        if (!DsnParameters.TryParseRecipient(parameters, out var request, out var refused))
            return Answer.Error(Replies.BadParameter(refused));
        var isPostmaster = result == PathResult.Postmaster || relay.IsPostmaster(mailbox!);
        if (isPostmaster) mailbox = relay.PostmasterFor(session.IsTrusted);
        if (mailbox is null) return Answer.Error(Replies.NoPostmaster);
        var subject = new RecipientSubject(session, mailbox, request, isPostmaster);
        return Conclude(session, subject, checks.Run(subject));
    }

    public Answer Conclude(IStagedSession session, in RecipientSubject subject, in StageResult result)
    {
        if (session.Negative(result) is { } no) return no;
        // Not an error of the client's: it goes on with the rest in a message of its own (RFC 5321 section 4.5.3.1.10).
        if (session.Transaction.Accepted >= limits.MaxRecipients) return new Answer(Replies.TooManyRecipients);
        var isTaken = session.Transaction.TryAdd(subject.Recipient, subject.Request, result);
        return new Answer(isTaken ? Replies.RecipientOk : Replies.InsufficientStorage);
    }
}
