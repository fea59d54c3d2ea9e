using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The connect stage: decides whether a client is greeted. Headers and discards of its checks apply to all messages of the session. Called
/// by the session's machine.
/// </summary>
internal sealed class ConnectStage(ServerReplies server, CheckList<ConnectSubject> checks)
{
    public CommandResult Handle(IStagedSession session) => Conclude(session, checks.Run(new ConnectSubject(session)));

    public CommandResult Conclude(IStagedSession session, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise))
            return otherwise.Effect == SessionEffect.Ask ? otherwise : AsGreeting(otherwise);
        session.ConnectVerdict = StandingVerdict.Of(result);
        return new CommandResult(server.Greeting);
    }

    // In place of the greeting only 554 and 421 are allowed (RFC 5321 section 4.3.2); the connection ends with both.
    private static CommandResult AsGreeting(in CommandResult rejection)
    {
        var reply = rejection.Reply.ToArray();
        var code = rejection.IsDeferred ? "421"u8 : "554"u8;
        for (var line = 0; line < reply.Length; line += reply.AsSpan(line).IndexOf((byte)'\n') + 1) code.CopyTo(reply.AsSpan(line));
        return rejection with { Reply = reply, Effect = SessionEffect.Close };
    }
}
