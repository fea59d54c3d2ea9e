using System.Text;
using CsCheck;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Session;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Replies of hosts behind the proxy as replies to clients.</summary>
public sealed class ProxyRepliesTests
{
    [Fact]
    public void Any_reply_of_a_host_becomes_one_line_with_codes_of_its_class()
    {
        var replies = Gen.Select(
            Gen.Int[200, 599], Gen.Int[0, 3], Gen.Int[0, 999], Gen.String[0, 700],
            (code, kind, number, text) => new SmtpReply(
                code, kind == 3 ? null : new EnhancedStatus(kind == 0 ? 2 : kind + 3, number, number), text));
        replies.Sample(reply =>
        {
            var verdict = ProxyReplies.VerdictOn(reply);
            Assert.Equal(
                reply.IsPositive ? VerdictKind.Accept : reply.Code >= 500 ? VerdictKind.Refuse : VerdictKind.Defer, verdict.Kind);
            AssertLine(reply.IsPositive ? ProxyReplies.Accepted(reply) : verdict.Reply.ToArray());
        });
    }

    private static void AssertLine(byte[] reply)
    {
        var line = Encoding.Latin1.GetString(reply);
        Assert.InRange(line.Length, 12, 512);
        Assert.Matches(@"^([245])[0-5]\d \1\.\d{1,3}\.\d{1,3} [ -~]+\r\n$", line);
        Assert.False(line.StartsWith("421", StringComparison.Ordinal));
    }
}
