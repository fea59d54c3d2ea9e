using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The hello stage: HELO and EHLO. Headers and discards of its checks apply up to the next HELO or EHLO. A refusal leaves the session
/// unchanged (RFC 5321 section 4.1.4). Called by the session's machine.
/// </summary>
internal sealed class HelloStage(ServerReplies server, EhloReply ehlo, CheckList<HelloSubject> checks)
{
    public CommandResult Handle(IStagedSession session, ReadOnlySpan<byte> argument, bool isExtended)
    {
        // Invalid names are accepted, as by Postfix, since many clients send them; CommandOrder refuses an empty name. A name longer than
        // any domain name is cut, since the trace header and the log contain it.
        var name = Encoding.Latin1.GetString(argument[..Math.Min(argument.Length, FrontendLimits.HelloName)]);
        var subject = new HelloSubject(session, name, isExtended);
        return Conclude(session, subject, checks.Run(subject));
    }

    public CommandResult Conclude(IStagedSession session, in HelloSubject subject, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise)) return otherwise;
        session.Greet(subject.Name, subject.IsExtended, StandingVerdict.Of(result));
        return new CommandResult(
            subject.IsExtended ? ehlo.Octets(session.IsSecure, session.MayAuthenticateInPlaintext) : server.Helo, IsJunk: true);
    }
}
