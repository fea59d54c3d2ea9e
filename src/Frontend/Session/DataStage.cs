using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The data stage: judges a complete message, received by DATA or BDAT, before it is stored. Called by the session's machine.
/// </summary>
/// <param name="checks">The checks of the stage.</param>
/// <param name="then">The stage behind it.</param>
internal sealed class DataStage(CheckList<DataSubject> checks, MessageStage then)
{
    public CommandResult Handle(IStagedSession session, MessageContent content) =>
        // The checks are not run for a discarded message.
        session.DiscardedBy is null ? Conclude(session, content, checks.Run(new DataSubject(session, content))) : Store;

    public CommandResult Conclude(IStagedSession session, MessageContent content, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise)) return otherwise;
        if (!session.Transaction.TryApply(result)) return CommandResult.InsufficientStorage;
        return then.IsEmpty || session.DiscardedBy is not null ? Store : then.Handle(session, content, session.Headers);
    }

    private static CommandResult Store => new(default, SessionEffect.Store);
}
