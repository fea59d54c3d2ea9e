using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Makes replies to clients of the replies of hosts behind the proxy: one line, with a code and an enhanced code of the same class, in
/// printable ASCII and bounded. Pure.
/// </summary>
internal static class ProxyReplies
{
    /// <summary>The recipient needs a transaction of its own. As beyond a limit of recipients, the client sends again at once.</summary>
    public static readonly Verdict Other = Verdict.Defer("452 4.5.3 Send to this recipient in a transaction of its own");

    /// <summary>The host has not answered.</summary>
    public static readonly Verdict Away = Verdict.Defer("451 4.4.1 The mail host of the recipient cannot be reached now");

    // A reply line has 512 octets with its CRLF (RFC 5321 section 4.5.3.1.5).
    private const int MaxLine = 510;

    /// <summary>The verdict that a reply of a host stands for.</summary>
    public static Verdict VerdictOn(SmtpReply reply)
    {
        if (reply.IsPositive) return Verdict.Accept;
        var kind = reply.IsPermanent ? 5 : 4;
        var line = Line(CodeOf(reply, kind), kind, reply, "refused by the mail host");
        return kind == 5 ? Verdict.Refuse(line) : Verdict.Defer(line);
    }

    /// <summary>The reply to a client whose message a host has taken.</summary>
    public static byte[] Accepted(SmtpReply reply)
    {
        var line = Line(250, 2, reply, "Ok");
        return Encoding.ASCII.GetBytes($"{string.Concat(line.Take(MaxLine).Select(c => c is >= ' ' and <= '~' ? c : '?'))}\r\n");
    }

    private static string Line(int code, int kind, SmtpReply reply, string otherwise)
    {
        var status = reply.Status is { } given && given.Class == kind ? given : new EnhancedStatus(kind, 0, 0);
        var text = reply.Text.Replace('\n', ' ').Trim();
        return $"{code} {status} {(text.Length == 0 ? otherwise : text)}";
    }

    // 421 would announce that this host closes the connection. Other replies than refusals are faults of the host.
    private static int CodeOf(SmtpReply reply, int kind) =>
        reply.Code / 100 == kind && reply.Code / 10 % 10 <= 5 && reply.Code != 421 ? reply.Code : kind == 5 ? 550 : 451;
}
