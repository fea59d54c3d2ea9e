using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

public sealed class CramMd5Tests
{
    /// <summary>RFC 2195 section 2.</summary>
    [Fact]
    public void Example_of_the_standard()
    {
        var digest = CramMd5Secret.Hmac(
            CramMd5Secret.Create("tanstaaftanstaaf"), "<1896.697170952@postoffice.reston.mci.net>"u8);
        Assert.Equal("b913a602c7eda7a495b4e6e7334d3890", Convert.ToHexStringLower(digest));
    }

    /// <summary>As <c>doveadm pw -s CRAM-MD5 -p test</c> prints it.</summary>
    [Fact]
    public void Secret_is_that_of_Dovecot() => Assert.Equal(
        "e02d374fde0dc75a17a557039a3a5338c7743304777dccd376f332bee68d2cf6", Convert.ToHexStringLower(CramMd5Secret.Create("test")));

    [Fact]
    public void Hash_is_the_platforms() => Gen.Byte.Array[0, 300].Sample(octets =>
        Assert.Equal(MD5.HashData(octets), Md5State.Finish(Md5State.Initial, 0, octets)));

    [Fact]
    public void Hmac_is_the_platforms() => Gen.Select(Gen.Char['!', '~'].Array[1, 200], Gen.Byte.Array[0, 300]).Sample((password, octets) =>
        Assert.Equal(
            HMACMD5.HashData(Encoding.ASCII.GetBytes(password), octets),
            CramMd5Secret.Hmac(CramMd5Secret.Create(new string(password)), octets)));

    [Fact]
    public void Challenge_is_new_each_time_and_names_the_server()
    {
        var challenge = Driver.Text(Driver.Begin("CRAM-MD5").Send((string?)null));
        Assert.Matches("^<[0-9a-f]{32}\\.[0-9]+@mail\\.example\\.org>$", challenge);
        Assert.NotEqual(challenge, Driver.Text(Driver.Begin("CRAM-MD5").Send((string?)null)));
    }

    [Theory]
    [InlineData("tim ", SaslFailure.None)]
    [InlineData("TIM ", SaslFailure.None)]
    [InlineData("tom ", SaslFailure.Credentials)]
    [InlineData("tim/phone ", SaslFailure.Credentials)]
    [InlineData("ti m ", SaslFailure.Credentials)]
    [InlineData("tim 0", SaslFailure.Malformed)]
    [InlineData("tim", SaslFailure.Malformed)]
    [InlineData(" ", SaslFailure.Malformed)]
    [InlineData("", SaslFailure.Malformed)]
    public void Responses(string before, SaslFailure failure)
    {
        var driver = Driver.Begin("CRAM-MD5", Accounts.User("tim", "tanstaaftanstaaf"));
        Assert.Equal(failure, driver.Send(before + Digest(driver.Send((string?)null))).Failure);
    }

    [Fact]
    public void Users_without_secret_and_disabled_users_fail()
    {
        var tim = Accounts.User("tim", "tanstaaftanstaaf");
        foreach (var user in (Core.Users.MailUser[])[tim with { IsDisabled = true }, tim with { CramMd5 = default }])
        {
            var driver = Driver.Begin("CRAM-MD5", user);
            Assert.Equal(SaslFailure.Credentials, driver.Send("tim " + Digest(driver.Send((string?)null))).Failure);
        }
    }

    [Fact]
    public void Initial_response_is_malformed() =>
        Assert.Equal(SaslFailure.Malformed, Driver.Begin("CRAM-MD5").Send($"tim {new string('0', 32)}").Failure);

    private static string Digest(SaslStep step) =>
        Convert.ToHexStringLower(HMACMD5.HashData("tanstaaftanstaaf"u8, step.Challenge.Span));
}
