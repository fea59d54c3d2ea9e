using System.Text;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Session;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class CommandTests
{
    [Fact]
    public void Verbs_are_parsed_in_any_case()
    {
        foreach (var verb in Enum.GetValues<Verb>().Where(verb => verb != Verb.Foreign))
        {
            var name = verb.ToString();
            Assert.Equal(verb == Verb.Unknown ? Verb.Unknown : verb, Parse(name.ToUpperInvariant(), out _));
            Assert.Equal(verb == Verb.Unknown ? Verb.Unknown : verb, Parse(name.ToLowerInvariant(), out _));
        }
    }

    [Theory]
    [InlineData("MAIL FROM:<a@x.test>", "FROM:<a@x.test>")]
    [InlineData("MAIL   FROM:<a@x.test>  ", "FROM:<a@x.test>")]
    [InlineData("MAIL", "")]
    [InlineData("MAIL  ", "")]
    public void The_argument_follows_the_verb(string line, string expected)
    {
        Assert.Equal(Verb.Mail, Parse(line, out var argument));
        Assert.Equal(expected, argument);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" MAIL")]
    [InlineData("MAILS")]
    [InlineData("MAI")]
    [InlineData("MAIL\tFROM:<a@x.test>")]
    [InlineData("M\xc4IL")]
    public void Other_words_are_unknown_verbs(string line) => Assert.Equal(Verb.Unknown, Parse(line, out _));

    [Theory]
    [InlineData("", true, null)]
    [InlineData("SIZE=0", true, 0L)]
    [InlineData("size=123 body=8bitmime", true, 123L)]
    [InlineData("BODY=7BIT", true, null)]
    [InlineData("SIZE=99999999999999999999", true, long.MaxValue)]
    [InlineData("SIZE=", false, null)]
    [InlineData("SIZE=-1", false, null)]
    [InlineData("SIZE=1x", false, null)]
    [InlineData("SIZE=999999999999999999999", false, null)]
    [InlineData("SIZE", false, null)]
    [InlineData("BODY=BINARYMIME", false, null)]
    [InlineData("SMTPUTF8=1", false, null)]
    [InlineData("AUTH=<>", false, null)]
    public void Only_offered_parameters_are_accepted(string text, bool isValid, long? size)
    {
        Assert.Equal(isValid, MailParameters.TryParse(Encoding.ASCII.GetBytes(text), isLenient: false, out var parameters, out _));
        if (isValid) Assert.Equal(new MailParameters(size), parameters);
    }

    [Fact]
    public void Every_reply_of_classes_2_4_and_5_has_an_enhanced_code_of_its_class()
    {
        foreach (var field in typeof(Replies).GetFields())
        {
            var reply = Encoding.ASCII.GetString((byte[])field.GetValue(null)!);
            Assert.EndsWith("\r\n", reply, StringComparison.Ordinal);
            Assert.Equal(1, reply.Split("\r\n").Length - 1);
            // RFC 2034 section 4: codes of classes 2, 4 and 5.
            if (reply[0] != '3') Assert.Matches(@$"^{reply[0]}\d\d {reply[0]}\.\d{{1,3}}\.\d{{1,3}} ", reply);
        }
    }

    [Fact]
    public void The_table_has_an_entry_for_every_verb_in_every_state()
    {
        foreach (var state in Enum.GetValues<SessionState>())
        {
            foreach (var verb in Enum.GetValues<Verb>())
            {
                var transition = CommandOrder.Find(state, verb, hasArgument: verb is not (Verb.Data or Verb.Rset or Verb.Quit));
                // No command leads back to the state before HELO; NOOP, HELP and VRFY keep the state.
                if (transition.Refusal is null && state != SessionState.Connected) Assert.NotEqual(SessionState.Connected, transition.Next);
                if (verb is Verb.Noop or Verb.Help or Verb.Vrfy) Assert.Equal(new Transition(null, state), transition);
            }
        }
    }

    private static Verb Parse(string line, out string argument)
    {
        var verb = CommandParser.Parse(Encoding.Latin1.GetBytes(line), out var rest);
        argument = Encoding.Latin1.GetString(rest);
        return verb;
    }
}
