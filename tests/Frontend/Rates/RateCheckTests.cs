using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rates;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Rates;

/// <summary>Rates of strangers in sessions.</summary>
public sealed class RateCheckTests : IDisposable
{
    private const string Start = "S: 220 *\nC: HELO c.x.test\nS: 250 *\n";
    private const string Mail = "C: MAIL FROM:<a@x.test>\nS: 250 *\n";
    private const string Ok = "C: RCPT TO:<b@y.test>\nS: 250 2.1.5 Ok\n";
    private const string OkC = "C: RCPT TO:<c@y.test>\nS: 250 2.1.5 Ok\n";
    private const string OkD = "C: RCPT TO:<d@y.test>\nS: 250 2.1.5 Ok\n";
    private const string Next = "C: RSET\nS: 250 *\n" + Mail;

    private static readonly InboundOptions Rules = new() { Domains = [DomainPattern.Parse("y.test")] };

    private readonly TempFolder _folder = new("rates");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("8/h", 1, 1)]
    [InlineData("8/h", 4, 2)]
    [InlineData("7/h", 4, 3)]
    [InlineData("12/h", 1, 0)]
    public async Task The_share_of_a_node_passes_without_a_question(string rate, int frontends, int questions)
    {
        FakeBudgets? budgets = null;
        await ReplayAsync(
            Start + Mail + Ok + OkC + OkD,
            () => NewWorld(budgets = new FakeBudgets(), new RateOptions { Count = RateCount.Recipients, Rate = rate }, frontends),
            World.Untrusted);
        Assert.Equal(questions, budgets!.Questions);
    }

    [Fact]
    public async Task The_cluster_grants_what_is_left_and_no_more() => await ReplayAsync(
        Start + Mail + Ok + OkC + Refused("d@y.test", "450 4.7.1 Too many recipients from 192.0.2.7"),
        () => NewWorld(new FakeBudgets(), new RateOptions { Count = RateCount.Recipients, Rate = "2/h" }, frontends: 4), World.Untrusted);

    [Fact]
    public async Task A_message_counts_once_and_attempts_count_whether_accepted_or_not() => await ReplayAsync(
        Start + Mail + Ok + "C: RCPT TO:<no@elsewhere.test>\nS: 5*\n" + OkC + Next
        + Refused("b@y.test", "450 4.7.1 Too many messages from the network 192.0.2.0/24")
        + Refused("c@y.test", "450 4.7.1 Too many messages from the network 192.0.2.0/24"),
        () => NewWorld(new FakeBudgets(), new RateOptions { By = RateSubject.Network, Rate = "1/h 9/d" }), World.Untrusted);

    [Fact]
    public async Task A_recipient_is_the_same_in_quotes() => await ReplayAsync(
        Start + Mail + Ok + Refused("\"b\"@y.test", "450 4.7.1 Too many recipients to b@y.test"),
        () => NewWorld(new FakeBudgets(), new RateOptions { Count = RateCount.Recipients, By = RateSubject.Recipient, Rate = "1/h 9/d" }),
        World.Untrusted);

    [Fact]
    public async Task Sender_domains_and_recipients_count_by_themselves()
    {
        await ReplayAsync(
            Start + Mail + Ok + Refused("c@y.test", "450 4.7.1 Too many recipients of senders at x.test")
            + "C: RSET\nS: 250 *\nC: MAIL FROM:<>\nS: 250 *\n" + Ok + OkC
            + "C: RSET\nS: 250 *\nC: MAIL FROM:<a@z.test>\nS: 250 *\n" + Ok,
            () => NewWorld(new FakeBudgets(), new RateOptions { Count = RateCount.Recipients, By = RateSubject.Sender, Rate = "1/h" }),
            World.Untrusted);
        await ReplayAsync(
            Start + Mail + Ok + OkC + Refused("B@y.test", "450 4.7.1 Enough for this mailbox"),
            () => NewWorld(new FakeBudgets(), new RateOptions
            {
                Count = RateCount.Recipients,
                By = RateSubject.Recipient,
                Rate = "1/h",
                Text = "Enough for this mailbox",
            }),
            World.Untrusted);
    }

    [Theory]
    [InlineData("127.0.0.1", "b@y.test", "")]
    [InlineData("192.0.2.7", "Postmaster@y.test", "")]
    [InlineData("192.0.2.7", "b@y.test", "allow sender a@x.test")]
    public async Task Trusted_clients_postmasters_and_allowed_mail_do_not_count(string client, string to, string access)
    {
        var recipient = $"C: RCPT TO:<{to}>\nS: 250 2.1.5 Ok\n";
        await ReplayAsync(
            Start + Mail + recipient + Next + recipient,
            () => NewWorld(new FakeBudgets(), new RateOptions { Rate = "1/h" }, access: access), IPAddress.Parse(client));
    }

    [Fact]
    public async Task Connections_are_ended_before_the_greeting()
    {
        var worlds = await ReplayAsync(
            "S: 421 4.7.0 Too many connections from 192.0.2.7, please try again in 3 s\nS.",
            () =>
            {
                var budgets = new FakeBudgets();
                budgets.Taken[UseKey("connections/address/1/m/192.0.2.7")] = 1;
                return NewWorld(budgets, new RateOptions { Count = RateCount.Connections, Rate = "1/m" });
            },
            World.Untrusted);
        Assert.All(worlds, world => Assert.Equal("192.0.2.7", Assert.Single(world.Log.Of("rate reached")).Fields["Key"]));
        await ReplayAsync(
            Start + Mail + Ok, () => NewWorld(new FakeBudgets(), new RateOptions { Count = RateCount.Connections, Rate = "1/m" }),
            World.Untrusted);
    }

    [Fact]
    public async Task Without_the_storage_the_node_applies_the_rate_alone_and_asks_again_later()
    {
        FakeBudgets? budgets = null;
        var worlds = await ReplayAsync(
            Start + Mail + Ok + OkC
            + "C: RCPT TO:<d@y.test>\nS: 450 4.7.1 Too many recipients from 192.0.2.7, please try again in 1800 s\n",
            () => NewWorld(budgets = new FakeBudgets { IsAway = true }, new RateOptions { Count = RateCount.Recipients, Rate = "2/h" }),
            World.Untrusted);
        Assert.Equal(1, budgets!.Questions);
        Assert.All(worlds, world => Assert.Single(world.Log.Of("rates alone")));
    }

    [Fact]
    public async Task A_storage_that_does_not_answer_is_waited_for_once()
    {
        var world = NewWorld(new FakeBudgets(), new RateOptions { Rate = "1/h" });
        var budgets = new FakeBudgets { Gate = new TaskCompletionSource(), EndsWithToken = true };
        var rates = new InboundRates(
            [new RateOptions { Count = RateCount.Recipients, Rate = "3/h" }], new RateTable(), budgets, () => 2, world.Time, world.Log);
        var uses = rates.OfRecipient(World.Untrusted, null, Mailbox.Parse("b@y.test"), isFirst: true);
        var first = rates.TakeAsync(uses, default).AsTask();
        await Eventually.Done(first, () => world.Time.Advance(InboundRates.StorageTime), "the check gives up on the storage");

        Assert.Null(await first);
        Assert.Null(await rates.TakeAsync(uses, default));
        Assert.Equal(1, budgets.Questions);
        world.Time.Advance(InboundRates.AwayFor);
        budgets.Gate.SetResult();
        Assert.Null(await rates.TakeAsync(uses, default));
        Assert.Equal(2, budgets.Questions);
    }

    [Fact]
    public async Task A_key_for_which_the_node_has_no_room_is_decided_alone_and_the_others_go_on()
    {
        var world = NewWorld(new FakeBudgets(), new RateOptions { Rate = "1/h" });
        var budgets = new FakeBudgets();
        var rule = new RateOptions { Count = RateCount.Recipients, By = RateSubject.Recipient, Rate = "1/h" };
        var rates = new InboundRates([rule], new RateTable(), budgets, () => 1, world.Time, world.Log);
        var (crowded, other) = (UsesOf("b@y.test"), UsesOf("c@y.test"));
        budgets.IsFullFor = limit => limit.Name.EndsWith(crowded[0].Key.ToString("N"), StringComparison.Ordinal);
        Assert.Null(await rates.TakeAsync(crowded, default));
        Assert.NotNull(await rates.TakeAsync(crowded, default));
        // The whole cluster has used the unit of the other key, as this node must find out.
        budgets.Taken[other[0].Key.ToString("N")] = 1;
        Assert.NotNull(await rates.TakeAsync(other, default));
        Assert.Equal(3, budgets.Questions);
        Assert.Single(world.Log.Of("rates alone"));

        List<RateUse> UsesOf(string recipient) =>
            rates.OfRecipient(World.Untrusted, null, Mailbox.Parse(recipient), isFirst: true);
    }

    private static string Refused(string recipient, string reply) => $"C: RCPT TO:<{recipient}>\nS: {reply}, please try again in 3 s\n";

    private static string UseKey(string name) =>
        new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true)
            .ToString("N");

    private World NewWorld(FakeBudgets budgets, RateOptions rule, int frontends = 1, string access = "")
    {
        File.WriteAllText(_folder["list"], access);
        return new World(inbound: Rules, strangers: world => new StrangerServices(
            Rules, new AccessFiles([_folder["list"]], world.Time, world.Log), new ZoneDns(), world.Time, world.Log,
            new LogBudget(world.Time, 10))
        {
            Rates = new InboundRates([rule], new RateTable(), budgets, () => frontends, world.Time, world.Log),
        });
    }
}
