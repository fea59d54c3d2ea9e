using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

public sealed class SmtpReplyTests
{
    [Theory]
    [InlineData(199)]
    [InlineData(600)]
    [InlineData(0)]
    [InlineData(-250)]
    public void An_invalid_code_throws(int code) => Assert.Throws<ArgumentOutOfRangeException>(() => new SmtpReply(code, null, ""));

    [Fact]
    public void A_code_has_one_class_unless_it_is_intermediate() => Gen.Int[200, 599].Sample(code =>
    {
        var reply = new SmtpReply(code, null, "");
        bool[] classes = [reply.IsPositive, reply.IsTransient, reply.IsPermanent];
        Assert.Equal((code / 100) switch { 2 => 0, 3 => -1, 4 => 1, _ => 2 }, Array.IndexOf(classes, true));
        Assert.Equal(code / 100 == 3 ? 0 : 1, classes.Count(isIt => isIt));
        Assert.Equal(code < 400 ? 2 : code / 100, reply.StatusOrGeneric.Class);
    });

    [Fact]
    public void A_long_text_is_cut_at_a_character()
    {
        Assert.Equal(SmtpReply.MaxTextLength, new SmtpReply(250, null, new string('x', 5_000)).Text.Length);
        Gen.Select(Gen.Int[SmtpReply.MaxTextLength - 3, SmtpReply.MaxTextLength + 3], Gen.Int[0, 3]).Sample((length, pairs) =>
        {
            var given = new string('x', length) + string.Concat(Enumerable.Repeat("📫", pairs));
            var text = new SmtpReply(250, null, given).Text;
            Assert.StartsWith(text, given, StringComparison.Ordinal);
            Assert.InRange(text.Length, Math.Min(given.Length, SmtpReply.MaxTextLength - 1), SmtpReply.MaxTextLength);
            Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
        });
    }

    [Fact]
    public void A_reply_is_formatted_as_a_single_line()
    {
        Assert.Equal("550 5.1.1 no such user; sorry", new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user;\nsorry").ToString());
        Assert.Equal("421", new SmtpReply(421, null, "").ToString());
    }
}
