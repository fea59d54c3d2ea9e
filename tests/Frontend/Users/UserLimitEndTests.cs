using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>Attempts to send more than the limits of users allow, by transactions that stay open or end badly.</summary>
public sealed class UserLimitEndTests : UserLimitBench
{
    [Fact]
    public async Task A_message_that_may_be_stored_uses_its_units()
    {
        var world = World(recipients: "5/d");
        world.World.Submission.Result = StoreResult.Unavailable with { MayBeStored = true };
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\n");
        await client.ExpectAsync(Ok);
        await SendContentAsync(client, "451 *");
        Assert.Equal(1, Budgets.Taken["maxRecipients"]);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [InlineData(60, 0)]
    public async Task Units_of_a_rate_that_flowed_in_meanwhile_are_not_returned(int seconds, int returned)
    {
        var world = World(recipients: "5/d", rate: "60/m");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\nRCPT TO:<d@y.test>\r\n");
        await client.ExpectAsync(Ok, Ok, Ok, Ok);
        Budgets.Elapsed = TimeSpan.FromSeconds(seconds);
        await client.SendAsync("RSET\r\n");
        await client.ExpectAsync("250 *");
        Assert.Equal((4, returned), (Budgets.Returned["maxRecipients"], Budgets.Returned.GetValueOrDefault("maxRate")));
    }

    [Fact]
    public async Task A_first_limit_holds_for_the_next_recipient_of_an_open_transaction()
    {
        var world = World();
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\n");
        await client.ExpectAsync(Ok);
        Set(world, recipients: "1/d");
        await client.SendAsync("RCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\n");
        await client.ExpectAsync(Ok, "450 *");
    }
}
