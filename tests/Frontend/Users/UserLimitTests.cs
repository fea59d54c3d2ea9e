using Postfleet.Core.Queueing;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>The limits of users in sessions.</summary>
public sealed class UserLimitTests : UserLimitBench
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recipients_over_a_limit_are_deferred_with_the_limit_and_its_end(bool isAsked)
    {
        Budgets.IsAsked = isAsked;
        var world = World(recipients: "2/d");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\n");
        await client.ExpectAsync(
            Ok, Ok, "450 4.7.1 Limit of the user reached: maxRecipients 2/d, free again at 2026-12-01T00:00:00Z");
        Assert.Equal(
            "user alice@x.test reached the limit maxRecipients of 2/d, client 127.0.0.1: further recipients are deferred until " +
            "12/01/2026 00:00:00 +00:00", Assert.Single(world.World.Log.Of("limit reached")).Text);
        await SendContentAsync(client);
        Assert.Equal(2, world.World.Submission.Stored.Single().Recipients.Count);
        Assert.Equal(2, Budgets.Taken["maxRecipients"]);
    }

    [Fact]
    public async Task Each_limit_is_named_in_its_reply()
    {
        var world = World(rate: "1/s");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync(Ok, "450 4.7.1 Limit of the user reached: maxRate 1/s, free again in 3 s");
        Set(world, newRecipients: "1/d");
        await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync(
            Ok, Ok, "450 4.7.1 Limit of the user reached: maxNewRecipients 1/d, free again at 2026-12-01T00:00:00Z");
    }

    [Theory]
    [InlineData("RSET\r\n")]
    [InlineData("EHLO c\r\n")]
    [InlineData("QUIT\r\n")]
    [InlineData("DATA\r\n")]
    public async Task Units_of_a_transaction_without_acceptance_are_returned_once(string end)
    {
        var world = World(recipients: "5/d", rate: "5/s", newRecipients: "5/d");
        await using (var client = await world.AuthenticateAsync())
        {
            await BeginAsync(client);
            await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\n");
            await client.ExpectAsync(Ok, Ok);
            Assert.Equal((2, 2), (Budgets.Taken["maxRecipients"], Budgets.Taken["maxRate"]));
            await client.SendAsync(end);
            if (end.StartsWith("DATA", StringComparison.Ordinal)) client.Finish();
            Assert.NotNull(await client.ReadLineAsync());
            if (end is not ("QUIT\r\n" or "DATA\r\n")) await BeginAsync(client, "RSET\r\n");
        }

        Assert.Equal((0, 0), (Budgets.Taken["maxRecipients"], Budgets.Taken["maxRate"]));
        Assert.Equal((2, 2), (Budgets.Returned["maxRecipients"], Budgets.Returned["maxRate"]));
        // Otherwise anybody could find out for free to whom the user has sent.
        Assert.Equal(2, Budgets.Taken["maxNewRecipients"]);
    }

    [Fact]
    public async Task Units_of_an_accepted_message_are_used_also_those_of_repeated_recipients()
    {
        var world = World(recipients: "5/d", limits: new() { MaxRecipients = 3, GreetingDelay = TimeSpan.Zero });
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\n");
        await client.ExpectAsync(Ok, Ok, Ok, "452 4.5.3 *");
        await SendContentAsync(client);
        Assert.Equal(3, Budgets.Taken["maxRecipients"]);
        await client.SendAsync("RSET\r\n");
        await client.ExpectAsync("250 *");
        Assert.Equal(3, Budgets.Taken["maxRecipients"]);
        // The recipient over the limit of the message took none.
        Assert.DoesNotContain("maxRecipients", Budgets.Returned.Keys);
    }

    [Fact]
    public async Task A_message_that_is_not_stored_returns_its_units()
    {
        var world = World(recipients: "5/d");
        world.World.Submission.Result = StoreResult.Unavailable;
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\n");
        await client.ExpectAsync(Ok);
        await SendContentAsync(client, "451 *");
        Assert.Equal(0, Budgets.Taken["maxRecipients"]);
    }

    [Fact]
    public async Task A_recipient_that_one_limit_refuses_takes_no_unit_of_another()
    {
        foreach (var isAsked in (bool[])[false, true])
        {
            Budgets.Taken.Clear();
            Budgets.IsAsked = isAsked;
            var world = World(recipients: "9/d", rate: "9/s", newRecipients: "1/d");
            await using var client = await world.AuthenticateAsync();
            await BeginAsync(client);
            await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\n");
            if (!isAsked) await client.ExpectAsync(Ok, "450 *", "450 *");
            else await client.ExpectAsync(Ok, Ok, "450 *");
            Assert.Equal(isAsked ? 2 : 1, Budgets.Taken["maxRecipients"]);
            Assert.Equal(isAsked ? 2 : 1, Budgets.Taken["maxRate"]);
        }
    }

    [Fact]
    public async Task A_raised_limit_holds_for_the_next_recipient_of_an_open_session()
    {
        var world = World(recipients: "1/d");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync(Ok, "450 *");
        Set(world, recipients: "2/d");
        await client.SendAsync("RCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync(Ok);
        world.Users.Delete("alice@x.test");
        await client.SendAsync("RCPT TO:<c@y.test>\r\n");
        await client.ExpectAsync("535 5.7.8 *");
    }

    [Fact]
    public async Task Without_the_storage_recipients_are_deferred()
    {
        (Budgets.IsAsked, Budgets.IsAway) = (true, true);
        var world = World(recipients: "1/d");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\n");
        await client.ExpectAsync("451 4.3.0 *");
    }

    [Fact]
    public async Task An_answer_after_the_end_of_the_session_returns_its_units()
    {
        Budgets.IsAsked = true;
        var world = World(recipients: "5/d");
        var gate = Budgets.Gate = new TaskCompletionSource();
        await using (var client = await world.AuthenticateAsync())
        {
            await BeginAsync(client);
            await client.SendAsync("RCPT TO:<a@y.test>\r\n");
            client.Finish();
            await client.ExpectEndAsync();
        }

        gate.SetResult();
        await Eventually.True(
            () => Budgets.Returned.ContainsKey("maxRecipients"), TimeSpan.FromSeconds(10), "no unit was returned");
        Assert.Equal((0, 1), (Budgets.Taken["maxRecipients"], Budgets.Returned["maxRecipients"]));
    }

    [Fact]
    public async Task Users_without_limits_and_refused_recipients_ask_nothing()
    {
        var world = World();
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync("RCPT TO:<a@y.test>\r\n");
        await client.ExpectAsync(Ok);
        Set(world, recipients: "1/d");
        await client.SendAsync("RSET\r\nMAIL FROM:<alice@x.test>\r\nRCPT TO:<not-an-address>\r\n");
        await client.ExpectAsync("250 *", "250 *", "501 *");
        Assert.Equal(0, Budgets.Questions);
    }
}
