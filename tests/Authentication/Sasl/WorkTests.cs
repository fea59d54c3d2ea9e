using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

/// <summary>
/// The work for an attempt, counted in iterations of the hash: no attempt shows whether a user exists, or costs without bound.
/// </summary>
public sealed class WorkTests
{
    private static readonly MailUser Tim = Accounts.User(
        "tim", "tanstaaftanstaaf", ("phone", "crayon", null), ("tablet", "chalk", null), ("old", "charcoal", Accounts.Now));

    [Theory]
    [InlineData("tim", "wrong")]
    [InlineData("tim/phone", "wrong")]
    [InlineData("tim/old", "charcoal")]
    [InlineData("tim/none", "crayon")]
    [InlineData("tim", "tanstaaftanstaaf")]
    [InlineData("tim", "chalk")]
    [InlineData("nobody", "wrong")]
    [InlineData("nobody/phone", "wrong")]
    [InlineData("disabled", "wrong")]
    [InlineData("disabled", "tanstaaftanstaaf")]
    [InlineData("disabled", "chalk")]
    [InlineData("empty", "wrong")]
    public void Each_attempt_costs_one_hash(string name, string password)
    {
        MailUser[] users = [Tim, Tim with { Name = "disabled", IsDisabled = true }, new MailUser("empty")];
        Assert.Equal(Accounts.Iterations, Work("PLAIN", users, $"\0{name}\0{password}"));
        Assert.Equal(Accounts.Iterations, Work("LOGIN", users, name, password));
    }

    [Theory]
    [InlineData("tim")]
    [InlineData("nobody")]
    public void Scram_costs_the_server_no_hash(string name) => Assert.Equal(0, Work("SCRAM-SHA-256", [Tim], $"n,,n={name},r=abc"));

    [Fact]
    public void Verifiers_with_salts_of_their_own_cost_a_hash_each_up_to_the_bound()
    {
        var passwords = Enumerable.Range(0, 3 * MailUser.MaxApplicationPasswords).Select(i => new ApplicationPassword(
            $"a{i}", Accounts.User($"salt{i}", "crayon").Scram256!, null));
        var user = Tim with { ApplicationPasswords = [.. passwords] };
        Assert.Equal(Accounts.Iterations * (1 + MailUser.MaxApplicationPasswords), Work("PLAIN", [user], "\0tim\0wrong"));
        Assert.Equal(Accounts.Iterations, Work("PLAIN", [user], "\0tim/a7\0wrong"));
        // As long for a right password of a disabled user.
        Assert.Equal(
            Accounts.Iterations * (1 + MailUser.MaxApplicationPasswords),
            Work("PLAIN", [user with { IsDisabled = true }], "\0tim\0tanstaaftanstaaf"));
    }

    [Fact]
    public void Cached_success_costs_no_hash_for_a_minute()
    {
        var cache = new PasswordCache(new byte[32]);
        Assert.Equal(Accounts.Iterations, Attempt(Tim, "crayon", 0));
        Assert.Equal(0, Attempt(Tim, "crayon", 59.9));
        Assert.Equal(Accounts.Iterations, Attempt(Tim, "wrong", 1));
        Assert.Equal(Accounts.Iterations, Attempt(Tim, "wrong", 1));
        Assert.Equal(Accounts.Iterations, Attempt(Tim with { IsDisabled = true }, "crayon", 1));
        Assert.Equal(Accounts.Iterations, Attempt(Tim with { ApplicationPasswords = [] }, "crayon", 1));
        Assert.Equal(Accounts.Iterations, Attempt(Accounts.User("tim", "other", ("phone", "pastel", null)), "crayon", 1));
        Assert.Equal(Accounts.Iterations, Attempt(Tim with { Name = "tom" }, "crayon", 1));
        Assert.Equal(Accounts.Iterations, Attempt(Tim, "crayon", 60));

        int Attempt(MailUser user, string password, double seconds) => Work(
            "PLAIN", Accounts.Channel with { Cache = cache }, Accounts.Now.AddSeconds(seconds), [user], $"\0{user.Name}\0{password}");
    }

    [Fact]
    public void Cached_success_ends_with_the_application_password()
    {
        var user = Accounts.User("tim", "tanstaaftanstaaf", ("phone", "crayon", Accounts.Now.AddSeconds(30)));
        var channel = Accounts.Channel with { Cache = new PasswordCache(new byte[32]) };
        var driver = Driver.Begin("PLAIN", channel, user);
        Assert.Equal("phone", driver.Send("\0tim\0crayon").ApplicationPassword);
        var again = Driver.Begin("PLAIN", channel, user);
        again.Now = Accounts.Now.AddSeconds(29);
        Assert.Equal("phone", again.Send("\0tim\0crayon").ApplicationPassword);
        var late = Driver.Begin("PLAIN", channel, user);
        late.Now = Accounts.Now.AddSeconds(30);
        Assert.Equal(SaslFailure.Credentials, late.Send("\0tim\0crayon").Failure);
    }

    [Fact]
    public void Cached_success_is_not_taken_for_an_application_that_the_client_has_not_named()
    {
        var channel = Accounts.Channel with { Cache = new PasswordCache(new byte[32]) };
        Assert.Equal(SaslStepKind.Succeeded, Driver.Begin("PLAIN", channel, Tim).Send("\0tim\0crayon").Kind);
        Assert.Equal(SaslStepKind.Failed, Driver.Begin("PLAIN", channel, Tim).Send("\0tim/tablet\0crayon").Kind);
    }

    [Fact]
    public void Cache_is_bounded_and_drops_the_oldest()
    {
        var cache = new PasswordCache(new byte[32], 3);
        var candidate = new Candidate(Tim.Scram256!, "");
        for (var i = 0; i < 10; i++) cache.Add(cache.Tag("tim", [(byte)i]), candidate, Accounts.Now);
        Assert.Equal(3, cache.Count);
        Assert.Null(cache.Find(cache.Tag("tim", [6]), [candidate], Accounts.Now));
        Assert.NotNull(cache.Find(cache.Tag("tim", [7]), [candidate], Accounts.Now));
        for (var i = 0; i < 10; i++) cache.Add(cache.Tag("tim", [9]), candidate, Accounts.Now);
        Assert.Equal(1, cache.Count);
        Assert.NotNull(cache.Find(cache.Tag("tim", [9]), [candidate], Accounts.Now));
    }

    private static int Work(string mechanism, MailUser[] users, params string[] messages) =>
        Work(mechanism, Accounts.Channel, Accounts.Now, users, messages);

    private static int Work(string mechanism, SaslChannel channel, DateTimeOffset now, MailUser[] users, params string[] messages)
    {
        var iterations = 0;
        var counted = channel with
        {
            Derive = (password, salt, count, algorithm) =>
            {
                iterations += count;
                return ScramHash.Derive(password, salt, count, algorithm);
            },
        };
        var driver = Driver.Begin(mechanism, counted, users);
        driver.Now = now;
        foreach (var message in messages) driver.Send(message);
        return iterations;
    }
}
