using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The recipient stage: RCPT. A header of its checks is added to the message for all recipients; a discard applies to the present recipient
/// alone. Called by the session's machine.
/// </summary>
internal sealed class RecipientStage(SmtpOptions limits, RelayPolicy relay, CheckList<RecipientSubject> checks)
{
    public CommandResult Handle(IStagedSession session, ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "TO:"u8, session.IsTrusted, out var mailbox, out var parameters);
        if (!session.Transaction.Parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return CommandResult.Error(Replies.NotAscii);
        if (result is PathResult.Invalid or PathResult.Null) return CommandResult.Error(Replies.BadRecipient);
        if (result == PathResult.TooLong) return CommandResult.Error(Replies.LongRecipient);
        if (result == PathResult.LongDomain) return CommandResult.Error(Replies.LongRecipientDomain);
        if (!DsnParameters.TryParseRecipient(parameters, out var request, out var refused))
            return CommandResult.Error(Replies.BadParameter(refused));
        var isPostmaster = result == PathResult.Postmaster || relay.IsPostmaster(mailbox!);
        if (isPostmaster) mailbox = relay.PostmasterFor(session.IsTrusted || session.Login is not null);
        if (mailbox is null) return CommandResult.Error(Replies.NoPostmaster);
        var subject = new RecipientSubject(session, mailbox, request, isPostmaster);
        return Conclude(session, subject, checks.Run(subject));
    }

    public CommandResult Conclude(IStagedSession session, in RecipientSubject subject, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise)) return otherwise;
        // Not an error: the client sends the message again to the remaining recipients (RFC 5321 section 4.5.3.1.10).
        if (session.Transaction.Accepted >= limits.MaxRecipients) return new CommandResult(Replies.TooManyRecipients);
        var isAdded = session.Transaction.TryAdd(subject.Recipient, subject.Request, result);
        return new CommandResult(isAdded ? Replies.RecipientOk : Replies.InsufficientStorage);
    }
}
