using System.Text;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The hello stage: HELO and EHLO. What its checks add or discard holds up to the next HELO or EHLO. After a refusal the session is as it
/// was (RFC 5321 section 4.1.4).
/// </summary>
internal sealed class HelloStage(ServerReplies own, CheckList<HelloSubject> checks)
{
    public Answer Handle(IStagedSession session, ReadOnlySpan<byte> argument, bool isExtended)
    {
        // Names are taken as they come, as Postfix does: half of the world's are wrong. An empty one says nothing at all, and the table
        // refuses it.
        // What is longer than a name can be is cut: it goes into the trace header and the log.
        var name = Encoding.Latin1.GetString(argument[..Math.Min(argument.Length, FrontendLimits.HelloName)]);
        var subject = new HelloSubject(session, name, isExtended);
        return Conclude(session, subject, checks.Run(subject));
    }

    public Answer Conclude(IStagedSession session, in HelloSubject subject, in StageResult result)
    {
        if (session.Negative(result) is { } no) return no;
        session.Greet(subject.Name, subject.IsExtended, StageMarks.Of(result));
        return new Answer(subject.IsExtended ? own.Ehlo(session.IsSecure) : own.Helo, IsJunk: true);
    }
}
