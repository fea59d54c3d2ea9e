using Postfleet.Core.Mail;
using Postfleet.Core.Receiving;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Stages;

/// <summary>The data stage: a message that is complete, by DATA or by BDAT, before it is stored.</summary>
internal sealed class DataStage(CheckList<DataSubject> checks)
{
    public Answer Handle(SessionMachine session, MessageContent content) =>
        // Nobody is asked about a message that is discarded already.
        session.DiscardedBy is null ? Conclude(session, checks.Run(new DataSubject(session, content))) : Store;

    public static Answer Conclude(SessionMachine session, in StageResult result) =>
        session.Negative(result) ?? (session.Transaction.TryMark(result) ? Store : SessionMachine.NoRoom);

    private static Answer Store => new(default, SessionEffect.Store);
}
