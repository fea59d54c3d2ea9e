using System.Security.Cryptography;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

/// <summary>Users in SCRAM: application passwords, and users who are unknown, disabled or without a password.</summary>
public sealed class ScramUserTests
{
    private static readonly MailUser User = Accounts.User("user", "pencil");

    [Fact]
    public void Application_password_is_named_behind_a_slash()
    {
        var user = Accounts.User("user", "pencil", ("printer", "crayon", Accounts.Now.AddSeconds(1)));
        var client = new ScramClient("crayon", HashAlgorithmName.SHA256) { Bare = "n=user/printer,r=abc" };
        var step = Finish(Driver.Begin("SCRAM-SHA-256", user), client);
        Assert.Equal((SaslStepKind.Succeeded, "user", "printer"), (step.Kind, step.Name, step.ApplicationPassword));

        var later = Driver.Begin("SCRAM-SHA-256", user);
        later.Now = Accounts.Now.AddSeconds(1);
        Assert.Equal(SaslFailure.Credentials, Finish(later, client).Failure);
        var main = new ScramClient("pencil", HashAlgorithmName.SHA256) { Bare = "n=user/printer,r=abc" };
        Assert.Equal(SaslFailure.Credentials, Finish(Driver.Begin("SCRAM-SHA-256", user), main).Failure);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-1")]
    public void Unknown_user_looks_like_a_known_one(string mechanism)
    {
        var known = Shown(mechanism, "user", User);
        var unknown = Shown(mechanism, "nobody", User);
        Assert.Equal(known.Salt.Length, unknown.Salt.Length);
        Assert.Equal(known.Iterations, unknown.Iterations);
        Assert.NotEqual(unknown.Salt, Shown(mechanism, "somebody", User).Salt);
        // Of a user and of its applications, of which an attacker could name any.
        Assert.Equal(unknown, Shown(mechanism, "nobody/printer", User));
        Assert.Equal(known, Shown(mechanism, "user/printer", User));
        Assert.Equal(unknown, Shown(mechanism, "nobody", User));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-1")]
    public void Unknown_and_disabled_users_fail_in_the_last_step(string mechanism)
    {
        foreach (var users in (MailUser[][])[[], [User with { IsDisabled = true }], [new MailUser("user")]])
        {
            var driver = Driver.Begin(mechanism, users);
            var client = new ScramClient("pencil", mechanism == "SCRAM-SHA-1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
            var step = driver.Send(client.Final(Driver.Text(driver.Send(client.First))));
            Assert.Equal((SaslStepKind.Failed, SaslFailure.Credentials), (step.Kind, step.Failure));
        }
    }

    private static (string Salt, string Iterations) Shown(string mechanism, string name, MailUser user)
    {
        var fields = Driver.Text(Driver.Begin(mechanism, user).Send($"n,,n={name},r=abc")).Split(',');
        return (fields[1], fields[2]);
    }

    private static SaslStep Finish(Driver driver, ScramClient client)
    {
        var step = driver.Send(client.Final(Driver.Text(driver.Send(client.First))));
        return step.Kind == SaslStepKind.Challenge ? driver.Send("") : step;
    }
}
