using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The data stage: judges a complete message, received by DATA or BDAT, before it is stored. Called by the session's machine.
/// </summary>
internal sealed class DataStage(CheckList<DataSubject> checks)
{
    public CommandResult Handle(IStagedSession session, MessageContent content) =>
        // The checks are not run for a discarded message.
        session.DiscardedBy is null ? Conclude(session, checks.Run(new DataSubject(session, content))) : Store;

    public static CommandResult Conclude(IStagedSession session, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise)) return otherwise;
        return session.Transaction.TryApply(result) ? Store : CommandResult.InsufficientStorage;
    }

    private static CommandResult Store => new(default, SessionEffect.Store);
}
