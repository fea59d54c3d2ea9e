using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

public sealed class BearerTests
{
    private const string Token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";
    private const string Name = "user@example.com";

    private static readonly MailUser User = new(Name);

    /// <summary>The first two are the messages of RFC 7628 section 4.1.</summary>
    [Theory]
    [InlineData("n,a=user@example.com,^host=server.example.com^port=143^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    [InlineData("n,a=user@example.com,^host=server.example.com^port=587^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    [InlineData("n,,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    [InlineData("y,a=User@Example.com,^auth=bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^unknown=1^^")]
    public void Standard_messages_with_a_valid_token(string message)
    {
        var driver = Begin("OAUTHBEARER");
        Assert.Equal(new SaslStep(SaslStepKind.Succeeded) { Name = Name }, driver.Send(message.Replace('^', '\x01')));
    }

    [Theory]
    [InlineData("user=user@example.com^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    [InlineData("user=User@example.com^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    public void Google_messages_with_a_valid_token(string message) => Assert.Equal(
        new SaslStep(SaslStepKind.Succeeded) { Name = Name }, Begin("XOAUTH2").Send(message.Replace('^', '\x01')));

    [Theory]
    [InlineData("OAUTHBEARER", "")]
    [InlineData("OAUTHBEARER", "n,,")]
    [InlineData("OAUTHBEARER", "n,,^")]
    [InlineData("OAUTHBEARER", "n,,^auth=Bearer abc^")]
    [InlineData("OAUTHBEARER", "n,,auth=Bearer abc^^")]
    [InlineData("OAUTHBEARER", "p=tls-server-end-point,,^auth=Bearer abc^^")]
    [InlineData("OAUTHBEARER", "n,,^auth=Basic abc^^")]
    [InlineData("OAUTHBEARER", "n,,^auth=Bearer ^^")]
    [InlineData("OAUTHBEARER", "n,,^auth=Bearer a,b^^")]
    [InlineData("OAUTHBEARER", "n,,^auth=Bearer abc^auth=Bearer def^^")]
    [InlineData("OAUTHBEARER", "n,,^auth^^")]
    [InlineData("OAUTHBEARER", "n,,^h0st=x^auth=Bearer abc^^")]
    [InlineData("OAUTHBEARER", "n,,^host=\u00e4^auth=Bearer abc^^")]
    [InlineData("XOAUTH2", "user=user@example.com")]
    [InlineData("XOAUTH2", "auth=Bearer abc^user=user@example.com^^")]
    [InlineData("XOAUTH2", "user=^auth=Bearer abc^^")]
    public void Malformed_messages_fail_at_once(string mechanism, string message) =>
        Assert.Equal(SaslFailure.Malformed, Begin(mechanism).Send(message.Replace('^', '\x01')).Failure);

    [Theory]
    [InlineData("OAUTHBEARER", "n,a=user@example.com,^auth=Bearer expired^^", SaslFailure.Credentials)]
    [InlineData(
        "OAUTHBEARER", "n,a=another@example.com,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", SaslFailure.Authorization)]
    [InlineData("OAUTHBEARER", "n,,^host=server.example.com^port=143^^", SaslFailure.Credentials)]
    [InlineData("OAUTHBEARER", "n,,^auth=^^", SaslFailure.Credentials)]
    [InlineData("XOAUTH2", "user=user@example.com^auth=Bearer expired^^", SaslFailure.Credentials)]
    [InlineData("XOAUTH2", "user=another@example.com^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", SaslFailure.Authorization)]
    public void Refused_tokens_get_an_error_and_then_fail(string mechanism, string message, SaslFailure failure)
    {
        var driver = Begin(mechanism);
        Assert.Equal(
            mechanism == "XOAUTH2"
                ? """{"status":"401","schemes":"bearer","scope":"smtp"}"""
                : """{"status":"invalid_token","scope":"smtp","openid-configuration":"https://id.example/c"}""",
            Driver.Text(driver.Send(message.Replace('^', '\x01'))));
        var step = driver.Send(mechanism == "XOAUTH2" ? "" : "\x01");
        Assert.Equal((SaslStepKind.Failed, failure), (step.Kind, step.Failure));
    }

    [Theory]
    [InlineData("OAUTHBEARER", "n,a=user@example.com,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    [InlineData("XOAUTH2", "user=user@example.com^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^")]
    public void Unknown_and_disabled_users_fail(string mechanism, string message)
    {
        foreach (var users in (MailUser[][])[[], [User with { IsDisabled = true }]])
        {
            var driver = Begin(mechanism, users);
            Assert.Equal(SaslStepKind.Challenge, driver.Send(message.Replace('^', '\x01')).Kind);
            Assert.Equal(SaslFailure.Credentials, driver.Send("").Failure);
        }
    }

    [Theory]
    [InlineData("host=mail.example.org^port=2587", true)]
    [InlineData("host=MAIL.example.org", true)]
    [InlineData("port=2587", true)]
    [InlineData("host=other.example.org^port=2587", false)]
    [InlineData("host=mail.example.org^port=143", false)]
    public void Host_and_port_are_checked_where_the_channel_wants_it(string fields, bool isRight)
    {
        var driver = new Driver(SaslMechanisms.Begin("OAUTHBEARER", Accounts.Channel with { ChecksHost = true })!, User)
        {
            NameOfToken = _ => Name,
        };
        var step = driver.Send($"n,,^{fields}^auth=Bearer {Token}^^".Replace('^', '\x01'));
        Assert.Equal(isRight ? SaslStepKind.Succeeded : SaslStepKind.Challenge, step.Kind);
    }

    [Fact]
    public void Exchange_without_tokens_takes_none() => Assert.Throws<InvalidOperationException>(
        () => SaslMechanisms.Begin("PLAIN", Accounts.Channel)!.ResumeToken(Name));

    private static Driver Begin(string mechanism, params MailUser[] users) => new(
        SaslMechanisms.Begin(mechanism, Accounts.Channel with { Scope = "smtp", OpenIdConfiguration = "https://id.example/c" })!, users)
    {
        NameOfToken = token => token == Token ? Name : null,
    };

    private static Driver Begin(string mechanism) => Begin(mechanism, User);
}
