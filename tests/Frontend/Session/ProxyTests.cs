using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>
/// Mail that is passed on to a host while the client waits. Mail for own.test and old.test is, by one route, and deferred while the host is
/// away; mail for open.test is by another route, and queued then.
/// </summary>
public sealed class ProxyTests
{
    private const string Begin = "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\n";

    private const string Content = "C: DATA\nS: 354 *\nC: Subject: x\nC: \nC: hi\nC: .\n";

    private FakeProxy _proxy = new();

    [Fact]
    public async Task The_replies_of_the_host_are_those_to_the_client()
    {
        await ReplayAsync(
            Begin +
            """
            C: RCPT TO:<no@own.test>
            S: 550 5.1.0 no such mailbox ?
            C: RCPT TO:<later@own.test>
            S: 450 4.2.0 full
            C: RCPT TO:<away@own.test>
            S: 451 4.4.1 The mail host of the recipient cannot be reached now
            C: RCPT TO:<u@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<v@old.test>
            S: 250 2.1.5 Ok

            """ + $"{Content}S: 250 2.0.0 Ok: queued as 4711", NewWorld, World.Untrusted);
        var message = _proxy.Sent[0];
        Assert.Equal(["u@own.test", "v@old.test"], message.Recipients.Select(recipient => recipient.Address));
        Assert.Equal("Subject: x\r\n\r\nhi\r\n", World.BodyOf(message));
        Assert.Contains("Received: from c ", World.ContentOf(message), StringComparison.Ordinal);
        Assert.Contains("Authentication-Results: ", World.ContentOf(message), StringComparison.Ordinal);
        Assert.All(_proxy.Asked, question => Assert.Equal("a@x.test", question.Sender));
    }

    [Theory]
    [InlineData(554, "S: 554 5.7.0 spam", "refused")]
    [InlineData(451, "S: 451 4.7.0 spam", "deferred")]
    [InlineData(421, "S: 451 4.7.0 spam", "deferred")]
    [InlineData(599, "S: 550 5.7.0 spam", "refused")]
    public async Task What_the_host_refuses_is_neither_accepted_nor_stored(int code, string reply, string _)
    {
        _proxy = new FakeProxy { Replies = [FakeProxy.Reply(code, 7, "spam")] };
        var worlds = await PassAsync(reply);
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Fact]
    public async Task A_lost_host_defers_mail()
    {
        _proxy = new FakeProxy { IsAway = true };
        Assert.All(await PassAsync("S: 451 4.4.1 *"), world => Assert.Empty(world.Submission.Stored));
    }

    [Theory]
    [InlineData("u@open.test")]
    [InlineData("away@open.test")]
    public async Task A_lost_host_leaves_mail_to_the_queue_by_option(string recipient)
    {
        _proxy = new FakeProxy { IsAway = true };
        var worlds = await PassAsync("S: 250 2.0.0 Ok: queued as *", recipient);
        Assert.Equal(recipient, Assert.Single(Assert.Single(worlds[0].Submission.Stored).Recipients).Address);
    }

    [Theory]
    [InlineData("u@own.test")]
    [InlineData("u@open.test")]
    public async Task Mail_that_was_moved_after_its_recipients_is_queued(string recipient)
    {
        _proxy = new FakeProxy { IsMoved = true };
        var worlds = await PassAsync("S: 250 2.0.0 Ok: queued as *", recipient);
        Assert.All(worlds, world => Assert.Equal(recipient, Assert.Single(Assert.Single(world.Submission.Stored).Recipients).Address));
    }

    [Fact]
    public async Task Filters_are_not_told_of_recipients_that_the_host_refuses_and_may_refuse_others()
    {
        await using var milter = new FakeMilter((self, code, data) =>
            code == 'R' && data.StartsWith("<bad@", StringComparison.Ordinal) ? ["r"] : self.Pass(code, data));
        await ReplayAsync(
            Begin +
            """
            C: RCPT TO:<no@own.test>
            S: 550 5.1.0 *
            C: RCPT TO:<bad@own.test>
            S: 5*
            C: RCPT TO:<u@open.test>
            S: 250 *

            """ + $"{Content}S: 250 2.0.0 Ok: queued as 4711",
            () => NewWorld(isInbound: true, filters: [milter.Options()]), World.Untrusted);
        Assert.DoesNotContain(milter.Received, frame => frame.StartsWith("R<no@", StringComparison.Ordinal));
        Assert.All(_proxy.Sent, message => Assert.Equal("u@open.test", Assert.Single(message.Recipients).Address));
    }

    [Fact]
    public async Task Discarded_recipients_of_a_message_that_is_passed_on_are_logged()
    {
        var check = new ScriptedCheck(ScriptedCheck.ByName, Answering.AtOnce) { Applies = _ => true };
        var worlds = await ReplayAsync(
            Begin + $"C: RCPT TO:<discard@own.test>\nS: 250 *\nC: RCPT TO:<u@own.test>\nS: 250 *\n{Content}S: 250 2.0.0 Ok: queued as 4711",
            () => NewWorld(isInbound: true, checks: new() { Recipient = [check] }), World.Untrusted);
        Assert.All(worlds, world => Assert.Equal("discard@own.test", Assert.Single(world.Log.Of("discarded")).Fields["Recipients"]));
    }

    [Fact]
    public async Task The_time_for_the_message_counts_from_the_end_of_its_content()
    {
        World? present = null;
        var slow = new ScriptedCheck(
            _ =>
            {
                present!.Time.Advance(TimeSpan.FromMinutes(2));
                return Verdict.Accept;
            }, Answering.AtOnce)
        { Applies = _ => true };
        await PassAsync(
            "S: 250 2.0.0 Ok: queued as 4711", world: () => present = NewWorld(isInbound: true, checks: new() { Message = [slow] }));
        Assert.NotEmpty(_proxy.Spent);
        Assert.All(_proxy.Spent, spent => Assert.Equal(TimeSpan.FromMinutes(2), spent));
    }

    [Theory]
    [InlineData("", "default")]
    [InlineData("bulk", "bulk")]
    public async Task The_host_is_asked_for_the_stream_of_the_listener(string listener, string stream)
    {
        await ReplayAsync(Begin + "C: RCPT TO:<u@own.test>\nS: 250 *", () => NewWorld(isInbound: true, listener), World.Untrusted);
        Assert.All(_proxy.Asked, question => Assert.Equal(stream, question.Stream));
        Assert.NotEmpty(_proxy.Asked);
    }

    [Theory]
    [InlineData("u@own.test")]
    [InlineData("u@open.test")]
    public async Task A_lost_reply_to_the_end_of_the_content_defers_mail(string recipient)
    {
        _proxy = new FakeProxy { IsUncertain = true };
        Assert.All(await PassAsync("S: 451 4.4.1 *", recipient), world => Assert.Empty(world.Submission.Stored));
    }

    [Fact]
    public async Task Recipients_that_an_lmtp_host_refuses_are_queued_and_the_others_not()
    {
        _proxy = new FakeProxy { Replies = [FakeProxy.Reply(250, 0, "Saved"), FakeProxy.Reply(552, 2, "full")] };
        var worlds = await ReplayAsync(
            Begin + $"C: RCPT TO:<u@own.test>\nS: 250 *\nC: RCPT TO:<v@own.test>\nS: 250 *\n{Content}S: 250 2.0.0 Ok: queued as *",
            NewWorld, World.Untrusted);
        Assert.Equal("v@own.test", Assert.Single(Assert.Single(worlds[0].Submission.Stored).Recipients).Address);
        _proxy = new FakeProxy { Replies = [FakeProxy.Reply(552, 2, "full"), FakeProxy.Reply(452, 2, "busy")] };
        await ReplayAsync(
            Begin + $"C: RCPT TO:<u@own.test>\nS: 250 *\nC: RCPT TO:<v@own.test>\nS: 250 *\n{Content}S: 452 4.2.0 busy", NewWorld,
            World.Untrusted);
    }

    [Fact]
    public async Task Recipients_of_another_way_need_a_transaction_of_their_own()
    {
        await ReplayAsync(
            Begin +
            """
            C: RCPT TO:<u@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<u@open.test>
            S: 452 4.5.3 Send to this recipient in a transaction of its own
            C: RCPT TO:<many@own.test>
            S: 452 4.5.3 *
            C: RCPT TO:<moved@own.test>
            S: 452 4.5.3 *
            C: RSET
            S: 250 *
            C: MAIL FROM:<a@x.test>
            S: 250 *
            C: RCPT TO:<many@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<moved@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<u@own.test>
            S: 452 4.5.3 *

            """ + $"{Content}S: 250 2.0.0 Ok: queued as *", NewWorld, World.Untrusted);
        Assert.Empty(_proxy.Sent);
    }

    [Fact]
    public async Task An_alias_of_one_address_is_passed_on_with_the_address()
    {
        await PassAsync("S: 250 2.0.0 Ok: queued as 4711", "one@own.test");
        var message = _proxy.Sent[0];
        var recipient = Assert.Single(message.Recipients);
        Assert.Equal("u@own.test", recipient.Address);
        Assert.Equal("rfc822;one@own.test", message.Requests[recipient].OriginalRecipient);
    }

    [Fact]
    public async Task Own_machines_and_users_queue()
    {
        await ReplayAsync(
            Begin + $"C: RCPT TO:<u@own.test>\nS: 250 *\n{Content}S: 250 2.0.0 Ok: queued as *", () => NewWorld(isInbound: false),
            World.Trusted);
        Assert.Empty(_proxy.Asked);
        Assert.Empty(_proxy.Sent);
    }

    [Fact]
    public async Task Own_machines_queue_on_inbound_listeners_too()
    {
        var worlds = await ReplayAsync(
            Begin + "C: RCPT TO:<u@own.test>\nS: 250 *\nC: RCPT TO:<u@open.test>\nS: 250 *\nC: DATA\nS: 354 *\n" +
            "C: X-Postfleet-Idempotency-Key: k 1\nC: \nC: hi\nC: .\nS: 250 2.0.0 Ok: queued as *", NewWorld, World.Trusted);
        Assert.All(worlds, world => Assert.Equal("k 1", Assert.Single(world.Submission.Stored).Key?.Key));
        Assert.Empty(_proxy.Asked);
        Assert.Empty(_proxy.Sent);
    }

    private Task<IReadOnlyList<World>> PassAsync(
        string reply, string recipient = "u@own.test", Func<World>? world = null) => ReplayAsync(
        Begin + $"C: RCPT TO:<{recipient}>\nS: 250 *\n{Content}{reply}", world ?? NewWorld, World.Untrusted);

    private World NewWorld() => NewWorld(isInbound: true);

    private World NewWorld(bool isInbound, string stream = "", SessionChecks? checks = null, FilterOptions[]? filters = null)
    {
        RouteRule[] routes =
        [
            new(DomainPattern.Parse("open.test"), TargetKind.Smarthost) { Proxy = ProxyMode.Queue },
            new(DomainPattern.Parse("*.test"), TargetKind.Smarthost) { Proxy = ProxyMode.Defer },
            new(DomainPattern.Parse("*"), TargetKind.Mx),
        ];
        return new World(
            routes: routes, inbound: isInbound ? Tables.Inbound : null, proxy: _proxy, stream: stream, checks: checks,
            filters: filters,
            recipients: Tables.Rules("@own.test\n@old.test\n@open.test\none@own.test u@own.test\nmany@own.test u@own.test, v@own.test"));
    }
}
