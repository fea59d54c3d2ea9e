using Postfleet.Authentication.Sasl;
using Postfleet.Core.Users;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>Changes of users while their sessions are open.</summary>
public sealed class OpenLoginTests
{
    [Fact]
    public async Task A_disabled_user_can_send_nothing_more_in_an_open_session()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\n");
        Assert.Equal("250 2.1.0 Ok", await client.ReadLineAsync());
        world.Users.Put(world.Users["alice@x.test"] with { IsDisabled = true });
        await client.SendAsync("RCPT TO:<b@y.test>\r\nDATA\r\n");
        Assert.Equal("250 2.1.5 Ok", await client.ReadLineAsync());
        Assert.StartsWith("354 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync(SubmittedMessageTests.Complete + "\r\nx\r\n.\r\n");
        Assert.StartsWith("535 5.7.8 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\n");
        Assert.Equal("530 5.7.0 Authentication required", await client.ReadLineAsync());
        Assert.Empty(world.World.Submission.Stored);
    }

    [Fact]
    public async Task Addresses_that_are_withdrawn_while_the_content_arrives_refuse_it()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) Assert.Matches("^[23]", await client.ReadLineAsync());
        Assert.True(AddressPattern.TryParse("other@x.test", out var other));
        world.Users.Put(world.Users["alice@x.test"] with { Addresses = [other] });
        await client.SendAsync(SubmittedMessageTests.Complete + "\r\nx\r\n.\r\n");
        Assert.Equal("553 5.7.1 The user may not send from this address", await client.ReadLineAsync());
        Assert.Empty(world.World.Submission.Stored);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deleted_user_and_a_changed_password_end_open_logins(bool isDeleted)
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        if (isDeleted) world.Users.Delete("alice@x.test");
        else world.Users.Put(world.Users["alice@x.test"] with { Scram256 = null });
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\n");
        Assert.StartsWith("535 5.7.8 ", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("replaced")]
    [InlineData("expired")]
    [InlineData("same")]
    public async Task An_application_password_that_is_gone_or_replaced_ends_open_logins(string change)
    {
        var world = new SaslWorld();
        var verifier = ScramHash.Create("app secret", new byte[16], ScramVerifier.MinIterations);
        var password = new ApplicationPassword("scanner", verifier, null);
        var user = world.Users["alice@x.test"];
        world.Users.Put(user with { ApplicationPasswords = [password] });
        await using var client = await world.AuthenticateAsync("app secret");
        world.Users.Put(user with
        {
            ApplicationPasswords = change switch
            {
                "gone" => [],
                "replaced" => [password with { Scram256 = ScramHash.Create("x", new byte[16], ScramVerifier.MinIterations) }],
                "expired" => [password with { Expires = DateTimeOffset.UnixEpoch }],
                _ => [password],
            },
        });
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\n");
        Assert.StartsWith(change == "same" ? "250 " : "535 5.7.8 ", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_another_user_costs_one_lookup_and_keeps_the_session()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        var before = world.Users.Lookups;
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("MAIL FROM:<alice@x.test>\r\nRSET\r\n");
            Assert.Equal("250 2.1.0 Ok", await client.ReadLineAsync());
            await client.ReadLineAsync();
            Assert.Equal(before + i, world.Users.Lookups);
            if (i == 0) world.Users.Put(world.Users["carol@x.test"]);
            else Assert.Equal(before + 1, world.Users.Lookups);
        }
    }
}
