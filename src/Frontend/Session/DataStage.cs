using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>The data stage: a message that is complete, by DATA or by BDAT, before it is stored.</summary>
internal sealed class DataStage(CheckList<DataSubject> checks)
{
    public Answer Handle(IStagedSession session, MessageContent content) =>
        // Nobody is asked about a message that is discarded already.
        session.DiscardedBy is null ? Conclude(session, checks.Run(new DataSubject(session, content))) : Store;

    public static Answer Conclude(IStagedSession session, in StageResult result) =>
        session.Negative(result) ?? (session.Transaction.TryMark(result) ? Store : Answer.NoRoom);

    private static Answer Store => new(default, SessionEffect.Store);
}
