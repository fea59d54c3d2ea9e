using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

public sealed class PlainAndLoginTests
{
    private static readonly MailUser Tim = Accounts.User(
        "tim", "tanstaaftanstaaf", ("phone", "crayon", null), ("old", "chalk", Accounts.Now),
        ("new", "charcoal", Accounts.Now.AddTicks(1)));

    /// <summary>The first is an example of RFC 4616 section 4; in the second example, the identity is another user.</summary>
    [Theory]
    [InlineData("\0tim\0tanstaaftanstaaf", SaslFailure.None)]
    [InlineData("Ursel\0Kurt\0xipj3plmq", SaslFailure.Authorization)]
    [InlineData("tim\0tim\0tanstaaftanstaaf", SaslFailure.None)]
    [InlineData("TIM\0Tim\0tanstaaftanstaaf", SaslFailure.None)]
    [InlineData("\0tim\0tanstaaf", SaslFailure.Credentials)]
    [InlineData("\0tom\0tanstaaftanstaaf", SaslFailure.Credentials)]
    [InlineData("\0t m\0tanstaaftanstaaf", SaslFailure.Credentials)]
    [InlineData("\0tim\0tans\u0007taaf", SaslFailure.Credentials)]
    [InlineData("", SaslFailure.Malformed)]
    [InlineData("\0tim", SaslFailure.Malformed)]
    [InlineData("\0tim\0", SaslFailure.Malformed)]
    [InlineData("\0\0tanstaaftanstaaf", SaslFailure.Malformed)]
    [InlineData("\0tim\0tanstaaf\0tanstaaf", SaslFailure.Malformed)]
    public void Plain_messages(string message, SaslFailure failure)
    {
        var step = Driver.Begin("PLAIN", Tim).Send(message);
        Assert.Equal(failure, step.Failure);
        Assert.Equal(failure == SaslFailure.None ? SaslStepKind.Succeeded : SaslStepKind.Failed, step.Kind);
    }

    [Fact]
    public void Plain_asks_with_an_empty_challenge()
    {
        var driver = Driver.Begin("plain", Tim);
        Assert.Equal("", Driver.Text(driver.Send((string?)null)));
        Assert.Equal(new SaslStep(SaslStepKind.Succeeded) { Name = "tim" }, driver.Send("\0tim\0tanstaaftanstaaf"));
    }

    [Fact]
    public void Invalid_UTF8_is_malformed() =>
        Assert.Equal(SaslFailure.Malformed, Driver.Begin("PLAIN", Tim).Send([0, .. "tim"u8, 0, 0xc3]).Failure);

    [Fact]
    public void Response_above_the_limit_is_malformed()
    {
        var name = new string('x', SaslMechanisms.MaxResponse);
        Assert.Equal(SaslFailure.Malformed, Driver.Begin("PLAIN", Tim).Send($"\0{name}\0p").Failure);
    }

    [Theory]
    [InlineData("tim", "crayon", "phone")]
    [InlineData("tim/phone", "crayon", "phone")]
    [InlineData("Tim/Phone", "crayon", "phone")]
    [InlineData("tim", "charcoal", "new")]
    [InlineData("tim", "chalk", null)]
    [InlineData("tim/old", "chalk", null)]
    [InlineData("tim/new", "crayon", null)]
    [InlineData("tim/phone", "tanstaaftanstaaf", null)]
    [InlineData("tim/none", "crayon", null)]
    [InlineData("tim/", "crayon", null)]
    [InlineData("tim/phone/phone", "crayon", null)]
    public void Application_passwords(string name, string password, string? application)
    {
        var plain = Driver.Begin("PLAIN", Tim).Send($"\0{name}\0{password}");
        Assert.Equal(application is null ? SaslFailure.Credentials : SaslFailure.None, plain.Failure);
        Assert.Equal(application ?? "", plain.ApplicationPassword);

        var login = Driver.Begin("LOGIN", Tim);
        login.Send(name);
        Assert.Equal(plain, login.Send(password));
    }

    [Fact]
    public void Login_asks_for_name_and_password()
    {
        var driver = Driver.Begin("LOGIN", Tim);
        Assert.Equal("Username:", Driver.Text(driver.Send((string?)null)));
        Assert.Equal("Password:", Driver.Text(driver.Send("tim")));
        Assert.Equal(new SaslStep(SaslStepKind.Succeeded) { Name = "tim" }, driver.Send("tanstaaftanstaaf"));
    }

    [Fact]
    public void Login_takes_an_initial_response_as_the_name()
    {
        var driver = Driver.Begin("LOGIN", Tim);
        Assert.Equal("Password:", Driver.Text(driver.Send("tim")));
        Assert.Equal(SaslFailure.Credentials, driver.Send("wrong").Failure);
    }

    [Fact]
    public void Login_asks_for_a_password_whatever_the_name()
    {
        var driver = Driver.Begin("LOGIN", Tim);
        Assert.Equal("Password:", Driver.Text(driver.Send("no name")));
        Assert.Equal(SaslFailure.Credentials, driver.Send("tanstaaftanstaaf").Failure);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public void Disabled_user_fails_like_a_wrong_password(string mechanism)
    {
        var driver = Driver.Begin(mechanism, Tim with { IsDisabled = true });
        if (mechanism == "LOGIN") driver.Send("tim");
        var step = driver.Send(mechanism == "LOGIN" ? "tanstaaftanstaaf" : "\0tim\0tanstaaftanstaaf");
        Assert.Equal((SaslStepKind.Failed, SaslFailure.Credentials), (step.Kind, step.Failure));
    }
}
