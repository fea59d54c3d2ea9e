using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The message stage: its checks judge a message as it would be stored, behind the data stage, and may change it. Each check sees the
/// changes of the checks before it. Called by the session's machine.
/// </summary>
/// <param name="limits">The limits of sessions.</param>
/// <param name="checks">The checks of the stage.</param>
internal sealed class MessageStage(SmtpOptions limits, CheckList<MessageSubject> checks)
{
    /// <summary>Whether the stage has nothing to do.</summary>
    public bool IsEmpty => checks.IsEmpty;

    /// <summary>Runs the checks.</summary>
    /// <param name="session">The session.</param>
    /// <param name="content">The content as the data stage got it.</param>
    /// <param name="headers">The headers of the checks before; null for none.</param>
    public CommandResult Handle(IStagedSession session, MessageContent content, IReadOnlyList<ReadOnlyMemory<byte>>? headers)
    {
        var transaction = session.Transaction;
        if (headers is not null) content = AddedHeaders.Above(content, headers);
        transaction.Final = content;
        var recipients = transaction.Recipients
            .Select(recipient => new MessageRecipient(recipient, transaction.Requests.GetValueOrDefault(recipient, DsnRequest.None))
            {
                Named = transaction.NamesOf(recipient),
            });
        return Conclude(session, checks.Run(new MessageSubject(
            session, transaction.Id, content, transaction.ReversePath, [.. recipients], session.BeginChanges())));
    }

    /// <summary>Applies the result of the checks.</summary>
    public CommandResult Conclude(IStagedSession session, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise)) return otherwise;
        if (result.Change?.Recipients?.Count > Math.Max(limits.MaxRecipients, session.Transaction.Recipients.Count))
            return new CommandResult(Replies.TooManyRecipients, IsDeferred: true);
        return session.Transaction.TryApply(result) ? new CommandResult(default, SessionEffect.Store) : CommandResult.InsufficientStorage;
    }
}
