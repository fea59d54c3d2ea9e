using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The connect stage: whether a client is greeted. What its checks add or discard holds for all messages of the session.</summary>
internal sealed class ConnectStage(ServerReplies own, CheckList<ConnectSubject> checks)
{
    public Answer Handle(IStagedSession session) => Conclude(session, checks.Run(new ConnectSubject(session)));

    public Answer Conclude(IStagedSession session, in StageResult result)
    {
        if (session.Negative(result) is { } no) return no.Effect == SessionEffect.Ask ? no : AsGreeting(no);
        session.ConnectMarks = StageMarks.Of(result);
        return new Answer(own.Greeting);
    }

    // There are two codes for a client that is not greeted (RFC 5321 section 4.3.2), and the connection ends with either.
    private static Answer AsGreeting(Answer no)
    {
        var reply = no.Reply.ToArray();
        (no.IsDeferred ? "421"u8 : "554"u8).CopyTo(reply);
        return no with { Reply = reply, Effect = SessionEffect.Close };
    }
}
