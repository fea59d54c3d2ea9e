using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>Attempts to send more than the limits of users allow, by transactions that stay open or end badly.</summary>
public sealed class UserLimitEndTests
{
    private const string Ok = "250 2.1.5 Ok";

    private readonly FakeBudgets _budgets = new();

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
        Assert.Equal(1, _budgets.Taken["maxRecipients"]);
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
        _budgets.Elapsed = TimeSpan.FromSeconds(seconds);
        await client.SendAsync("RSET\r\n");
        await client.ExpectAsync("250 *");
        Assert.Equal((4, returned), (_budgets.Returned["maxRecipients"], _budgets.Returned.GetValueOrDefault("maxRate")));
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

    private SaslWorld World(string rate = "", string recipients = "")
    {
        var world = new SaslWorld(budgets: _budgets);
        Set(world, rate, recipients);
        return world;
    }

    private static void Set(SaslWorld world, string rate = "", string recipients = "") =>
        world.Users.Put(world.Users["alice@x.test"] with
        {
            MaxRate = Of(rate),
            MaxRecipients = Of(recipients),
        });

    private static Rate Of(string text) => Rate.TryParseAny(text, out var rate) ? rate : throw new ArgumentException(text);

    private static async Task BeginAsync(MemoryClient client)
    {
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\n");
        await client.ExpectAsync("250 2.1.0 Ok");
    }

    private static async Task SendContentAsync(MemoryClient client, string reply = "250 *")
    {
        await client.SendAsync($"DATA\r\n{SubmittedMessageTests.Complete}\r\nx\r\n.\r\n");
        await client.ExpectAsync("354 *", reply);
    }
}
