using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>The mail stage: MAIL, which begins a transaction. What its checks add or discard holds for the transaction.</summary>
internal sealed class MailStage(ServerReplies own, SmtpOptions limits, CheckList<MailSubject> checks)
{
    public Answer Handle(IStagedSession session, ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "FROM:"u8, session.IsTrusted, out var mailbox, out var text);
        if (result == PathResult.Invalid) return Answer.Error(Replies.BadSender);
        if (result == PathResult.TooLong) return Answer.Error(Replies.LongSender);
        if (result == PathResult.LongDomain) return Answer.Error(Replies.LongSenderDomain);
        if (result == PathResult.Postmaster) mailbox = own.Postmaster;
        if (!MailParameters.TryParse(text, session.IsTrusted, out var parameters, out var refused))
            return Answer.Error(parameters.IsMalformed ? Replies.MalformedParameter(refused) : Replies.BadParameter(refused));
        // The domain's A-labels do not show any more that it was written otherwise.
        if (!parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return Answer.Error(Replies.NotAscii);
        if (parameters.RequiresTls && !session.IsSecure) return Answer.Error(Replies.TlsForRequireTls);
        if (parameters.Size > limits.MaxMessageSize.Bytes) return Answer.Error(Replies.TooLarge);
        if (session.CountTransaction() > limits.MaxMessagesPerConnection)
            return new Answer(Replies.TooManyMessages, SessionEffect.Close, IsError: true);
        session.Transaction.Begin(mailbox, parameters);
        return Conclude(session, checks.Run(new MailSubject(session, mailbox, parameters.Size)));
    }

    public static Answer Conclude(IStagedSession session, in StageResult result)
    {
        var answer = session.Negative(result)
            ?? (session.Transaction.TryMark(result) ? new Answer(Replies.SenderOk) : Answer.NoRoom);
        if (answer.IsError || answer.IsDeferred) session.Transaction.Reset();
        return answer;
    }
}
