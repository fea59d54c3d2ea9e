using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The mail stage: MAIL, which begins a transaction. Headers and discards of its checks apply to the transaction. Called by the session's
/// machine.
/// </summary>
/// <param name="server">The replies with the name of this host.</param>
/// <param name="limits">The limits of sessions.</param>
/// <param name="checks">The checks of the stage.</param>
/// <param name="extensions">The extensions of submission; null where they are not offered.</param>
internal sealed class MailStage(
    ServerReplies server, SmtpOptions limits, CheckList<MailSubject> checks, IMailExtensions? extensions = null)
{
    public CommandResult Handle(IStagedSession session, ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "FROM:"u8, session.IsTrusted, out var mailbox, out var text);
        if (result == PathResult.Invalid) return CommandResult.Error(Replies.BadSender);
        if (result == PathResult.TooLong) return CommandResult.Error(Replies.LongSender);
        if (result == PathResult.LongDomain) return CommandResult.Error(Replies.LongSenderDomain);
        if (result == PathResult.Postmaster) mailbox = server.Postmaster;
        if (!MailParameters.TryParse(
            text, session.IsTrusted || session.Listener.RequiresAuthentication, out var parameters, out var refused,
            isSubmission: extensions is not null))
            return CommandResult.Error(parameters.IsMalformed ? Replies.MalformedParameter(refused) : Replies.BadParameter(refused));
        // Tests the argument as received, since the parsed domain consists of A-labels in any case.
        if (!parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return CommandResult.Error(Replies.NotAscii);
        if (parameters.RequiresTls && !session.IsSecure) return CommandResult.Error(Replies.TlsForRequireTls);
        if (parameters.Size > limits.MaxMessageSize.Bytes) return CommandResult.Error(Replies.TooLarge);
        MailRequest? request = null;
        if (extensions?.Judge(parameters.Submission, out request) is { } refusal) return CommandResult.Error(refusal);
        if (session.CountTransaction() > limits.MaxMessagesPerConnection)
            return new CommandResult(Replies.TooManyMessages, SessionEffect.Close, IsError: true);
        session.Transaction.Begin(mailbox, parameters, request);
        return Conclude(session, checks.Run(new MailSubject(session, mailbox, parameters.Size)));
    }

    public static CommandResult Conclude(IStagedSession session, in StageResult result)
    {
        if (session.TryAccept(result, out var command))
        {
            var reply = session.Transaction.Request?.Reply ?? Replies.SenderOk;
            command = session.Transaction.TryApply(result) ? new CommandResult(reply) : CommandResult.InsufficientStorage;
        }

        if (command.IsError || command.IsDeferred) session.Transaction.Reset();
        return command;
    }
}
