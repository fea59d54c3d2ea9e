using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class DsnParametersTests
{
    private static readonly string Longest = new('a', 93);

    [Theory]
    [InlineData("RET=HDRS", ReturnContent.Headers, null)]
    [InlineData("ret=full ENVID=QQ314159", ReturnContent.Full, "QQ314159")]
    [InlineData("envid=a+2Bb+20c+3D BODY=7BIT", ReturnContent.Unspecified, "a+2Bb+20c+3D")]
    public void RET_and_ENVID_of_MAIL_are_parsed(string text, ReturnContent content, string? id)
    {
        Assert.True(MailParameters.TryParse(Encoding.ASCII.GetBytes(text), isLenient: false, out var parameters, out _));
        Assert.Equal(new MailParameters(null) { Return = content, EnvelopeId = id }, parameters);
    }

    [Theory]
    [InlineData("RET=")]
    [InlineData("RET=BOTH")]
    [InlineData("ENVID=")]
    [InlineData("ENVID=a+0D+0AX:")]
    [InlineData("ENVID=a+C3+BC")]
    [InlineData("ENVID=a+2")]
    [InlineData("ENVID=\x7f")]
    public void Invalid_values_of_RET_and_ENVID_are_ignored(string text)
    {
        Assert.True(MailParameters.TryParse(Encoding.ASCII.GetBytes(text), isLenient: false, out var parameters, out _));
        Assert.Equal(default, parameters);
    }

    [Theory]
    [InlineData("ENVID=a+3d+2b", "a+3D+2B")]
    [InlineData("ENVID=a=b", "a+3Db")]
    [InlineData("ENVID=a ENVID=b", "a")]
    public void ENVID_is_normalised_xtext(string text, string id)
    {
        Assert.True(MailParameters.TryParse(Encoding.ASCII.GetBytes(text), isLenient: false, out var parameters, out _));
        Assert.Equal(id, parameters.EnvelopeId);
    }

    [Fact]
    public void ENVID_has_at_most_100_characters()
    {
        Assert.True(MailParameters.TryParse(
            Encoding.ASCII.GetBytes($"ENVID={Longest}+20+20a"[..106]), isLenient: false, out var parameters, out _));
        Assert.Equal(100, parameters.EnvelopeId!.Length);
        Assert.True(MailParameters.TryParse(
            Encoding.ASCII.GetBytes($"ENVID={Longest}+20+20aa"), isLenient: false, out parameters, out _));
        Assert.Null(parameters.EnvelopeId);
        // A value above the limit only when normalised is ignored, too.
        Assert.True(MailParameters.TryParse(
            Encoding.ASCII.GetBytes($"ENVID={new string('=', 40)}"), isLenient: false, out parameters, out _));
        Assert.Null(parameters.EnvelopeId);
    }

    [Theory]
    [InlineData("", NotifyOn.Unspecified, "")]
    [InlineData("NOTIFY=NEVER", NotifyOn.Never, "")]
    [InlineData("notify=Success,FAILURE,delay", NotifyOn.Success | NotifyOn.Failure | NotifyOn.Delay, "")]
    [InlineData("NOTIFY=FAILURE,FAILURE", NotifyOn.Failure, "")]
    [InlineData("ORCPT=rfc822;a+2Bb@x.test  NOTIFY=DELAY", NotifyOn.Delay, "rfc822;a+2Bb@x.test")]
    [InlineData("ORCPT=utf-8;\\x{FC}@x.test", NotifyOn.Unspecified, "utf-8;\\x{FC}@x.test")]
    [InlineData("ORCPT=x-local;+20;+20", NotifyOn.Unspecified, "x-local;+20;+20")]
    [InlineData("ORCPT=rfc822;a+3db=c@x.test", NotifyOn.Unspecified, "rfc822;a+3Db+3Dc@x.test")]
    [InlineData("ORCPT=rfc822;a ORCPT=rfc822;b NOTIFY=DELAY NOTIFY=NEVER", NotifyOn.Delay, "rfc822;a")]
    [InlineData("ORCPT=rfc822;+D0+94j+C3+BC@x.test", NotifyOn.Unspecified, "rfc822;+D0+94j+C3+BC@x.test")]
    public void NOTIFY_and_ORCPT_of_RCPT_are_parsed(string text, NotifyOn notify, string original)
    {
        Assert.True(DsnParameters.TryParseRecipient(Encoding.ASCII.GetBytes(text), out var request, out _));
        Assert.Equal(new DsnRequest(notify, original), request);
    }

    [Theory]
    [InlineData("NOTIFY=")]
    [InlineData("NOTIFY=NEVER,FAILURE")]
    [InlineData("NOTIFY=SUCCESS,NEVER")]
    [InlineData("NOTIFY=ALWAYS")]
    [InlineData("NOTIFY=SUCCESS,")]
    [InlineData("ORCPT=a@x.test")]
    [InlineData("ORCPT=;a@x.test")]
    [InlineData("ORCPT=rfc822;")]
    [InlineData("ORCPT=rfc(822;a")]
    [InlineData("ORCPT=rfc822;a+0Ab")]
    [InlineData("ORCPT=rfc822;a+7Fb")]
    [InlineData("ORCPT=rfc822;a+C3b")]
    [InlineData("ORCPT=rfc822;a+C0+8Ab")]
    [InlineData("ORCPT=rfc822;\u00fc@x.test")]
    public void Invalid_values_of_NOTIFY_and_ORCPT_are_ignored(string text)
    {
        Assert.True(DsnParameters.TryParseRecipient(Encoding.UTF8.GetBytes(text), out var request, out _));
        Assert.Equal(DsnRequest.None, request);
    }

    [Theory]
    [InlineData("NOTIFY")]
    [InlineData("RET=HDRS")]
    [InlineData("FOO=BAR")]
    [InlineData("ORCPT=rfc 822;a")]
    public void Unknown_parameters_are_refused(string text) =>
        Assert.False(DsnParameters.TryParseRecipient(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void ORCPT_has_at_most_500_characters()
    {
        var longest = $"rfc822;{new string('a', 493)}";
        Assert.True(DsnParameters.TryParseRecipient(Encoding.ASCII.GetBytes($"ORCPT={longest}"), out var request, out _));
        Assert.Equal(longest, request.OriginalRecipient);
        Assert.True(DsnParameters.TryParseRecipient(Encoding.ASCII.GetBytes($"ORCPT={longest}a"), out request, out _));
        Assert.Equal("", request.OriginalRecipient);
    }

    [Fact]
    public void Any_input_is_parsed_or_refused_and_parsed_values_are_printable() => Gen.OneOf(
        Gen.Byte.Array[0, 600],
        Gen.OneOf("NOTIFY=", "ORCPT=", "SUCCESS", "NEVER", ",", ";", " ", "rfc822", "+41", "+0A", "+C3", "+BC", "+", "=", "\0",
            "ü").Array[0, 20]
            .Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces)))).Sample(text =>
    {
        if (!DsnParameters.TryParseRecipient(text, out var request, out _)) return;
        Assert.True(Ascii.IsValid(request.OriginalRecipient));
        // The type in front of the semicolon is an atom, in which a plus stands for itself.
        var address = request.OriginalRecipient[(request.OriginalRecipient.IndexOf(';', StringComparison.Ordinal) + 1)..];
        Assert.All(Xtext.Decode(address), c => Assert.False(c is < ' ' or '\u007f' or '\ufffd'));
        Assert.True((request.Notify & NotifyOn.Never) == 0 || request.Notify == NotifyOn.Never);
    });
}
