using Postfleet.Core.Budgets;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>The storage is asked about pipelined first-time recipients together.</summary>
public sealed class PipelinedRecipientTests : UserLimitBench
{
    [Fact]
    public async Task Pipelined_recipients_are_asked_about_together()
    {
        var world = World(newRecipients: "10000/d", limits: new() { MaxRecipients = 10_000, GreetingDelay = TimeSpan.Zero });
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync(Commands(1000));
        for (var i = 0; i < 1000; i++) Assert.Equal(Ok, await client.ReadLineAsync());
        Assert.Equal(1000, Budgets.Taken["maxNewRecipients"]);
        Assert.Equal([1, 1, 1, 1], Budgets.Meetings[..4]);
        Assert.All(Budgets.Meetings, count => Assert.InRange(count, 1, PipelinedRecipients.Most + 1));
        // The input comes in pieces.
        Assert.InRange(Budgets.Meetings.Count, 13, 200);
    }

    [Fact]
    public async Task Recipients_behind_another_command_are_not_read_ahead()
    {
        var world = World(newRecipients: "100/d");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync($"{Commands(4)}RCPT TO:<e@y.test>\r\nRCPT TO:<e@y.test>\r\nRCPT TO:<bad\r\nRSET\r\nRCPT TO:<z@y.test>\r\n");
        for (var i = 0; i < 6; i++) Assert.Equal(Ok, await client.ReadLineAsync());
        await client.ExpectAsync("501 *", "250 *", "503 *");
        Assert.Equal([1, 1, 1, 1, 2], Budgets.Meetings);
        Assert.Equal(5, Budgets.Taken["maxNewRecipients"]);
    }

    [Fact]
    public async Task Units_go_to_the_recipients_in_their_order()
    {
        var world = World(newRecipients: "6/d");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync(Commands(9));
        for (var i = 0; i < 6; i++) Assert.Equal(Ok, await client.ReadLineAsync());
        await client.ExpectAsync("450 *", "450 *", "450 *");
    }

    [Fact]
    public async Task Recipients_of_users_without_the_limit_are_not_read_ahead()
    {
        Budgets.IsAsked = true;
        var world = World(recipients: "100/d");
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync(Commands(20));
        for (var i = 0; i < 20; i++) Assert.Equal(Ok, await client.ReadLineAsync());
        Assert.Empty(Budgets.Meetings);
    }

    [Fact]
    public async Task Units_are_asked_for_addresses_after_rewriting()
    {
        var rewriter = new Rewriter(
            new RewritingOptions { Services = [ListenerOptions.Submission] }, Tables.Of("@y.test @z.test\npostmaster@y.test p@y.test"));
        var world = World(newRecipients: "100/d", rewriter: rewriter);
        await using var client = await world.AuthenticateAsync();
        await BeginAsync(client);
        await client.SendAsync($"{Commands(10)}RCPT TO:<postmaster>\r\n");
        for (var i = 0; i < 11; i++) Assert.Equal(Ok, await client.ReadLineAsync());
        Assert.Equal([1, 1, 1, 1, 7], Budgets.Meetings);
        Assert.Equal(
            [.. Enumerable.Range(0, 10).Select(i => Key($"r{i}@z.test")), Key($"postmaster@{Fixtures.World.Hostname}")],
            Budgets.Met.ToHashSet());
    }

    private static Guid Key(string address) => RecipientKey.Of(Mailbox.Parse(address));

    private static string Commands(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"RCPT TO:<r{i}@y.test>\r\n"));
}
