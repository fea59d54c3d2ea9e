using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Temporary failures are tried again or at another host, and mail arrives once.</summary>
[Collection(SharedFaultNodeTests.Name)]
public sealed class DeferralTests(SharedFaultNode shared)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(SinkStage.Connect)]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.Recipient)]
    [InlineData(SinkStage.Data)]
    [InlineData(SinkStage.EndOfData)]
    public async Task A_temporary_refusal_at_any_step_is_tried_again(SinkStage stage)
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given
            .FirstSink(step => step.Stage == stage ? SinkAction.Reply("451 4.7.1 come back later") : SinkAction.Accept);
        await given.SendAsync("<1@x>", given.Sender, $"to@{given.Domain}");

        await Eventually.True(async () => (await given.Node.QueuesAsync()).Deferred == 1, Limit, "the message is deferred");
        Assert.Empty(sink.Messages);
        sink.Script = _ => SinkAction.Accept;
        await sink.WaitForAsync(1, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        Assert.Equal(1, sink.Count("<1@x>", $"to@{given.Domain}"));
        Assert.Empty(given.Reports.Messages);
        await given.ReturnAsync(Limit);
    }

    [Fact]
    public async Task Broken_connections_within_a_message_are_tried_again()
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given
            .FirstSink(step => step is { Stage: SinkStage.Data, Connection: 1 } ? SinkAction.DropMidData(20) : SinkAction.Accept);
        await given.SendAsync("<1@x>", given.Sender, $"to@{given.Domain}");

        await sink.WaitForAsync(1, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        Assert.Equal(1, sink.Count("<1@x>", $"to@{given.Domain}"));
        Assert.True(sink.ConnectionsTotal >= 2);
        await given.ReturnAsync(Limit);
    }

    [Fact]
    public async Task The_next_mail_exchanger_is_tried_when_the_first_refuses_connections()
    {
        await using var given = await shared.TakeAsync();
        await using var first = given.FirstSink();
        await using var second = given.SecondSink();
        await first.RefuseAsync();
        await given.SendAsync("<1@x>", given.Sender, $"to@{given.DomainOfTwo}");

        await second.WaitForAsync(1, Limit);
        Assert.Empty(first.Messages);
        await given.ReturnAsync(Limit);
    }

    [Fact]
    public async Task The_preferred_mail_exchanger_gets_the_mail_while_it_lives()
    {
        await using var given = await shared.TakeAsync();
        await using var first = given.FirstSink();
        await using var second = given.SecondSink();
        for (var i = 0; i < 20; i++)
        {
            await given.SendAsync($"<{i}@x>", given.Sender, $"to@{given.DomainOfTwo}");
        }

        await first.WaitForAsync(20, Limit);
        Assert.Empty(second.Messages);
        await given.ReturnAsync(Limit);
    }

    [Theory]
    [InlineData(SinkStage.Recipient)]
    [InlineData(SinkStage.EndOfData)]
    public async Task Recipients_deferred_by_the_preferred_mail_exchanger_go_to_the_next_in_the_same_attempt(SinkStage stage)
    {
        await using var given = await shared.TakeAsync();
        await using var first = given.FirstSink(step => step.Stage == stage
                && (stage == SinkStage.EndOfData || step.Line.Contains("<full@", StringComparison.Ordinal))
                ? SinkAction.Reply("452 4.3.1 disk full") : SinkAction.Accept);
        await using var second = given.SecondSink();
        await given.SendAsync("<1@x>", given.Sender, $"to@{given.DomainOfTwo}", $"full@{given.DomainOfTwo}");

        await second.WaitForAsync(stage == SinkStage.EndOfData ? 2 : 1, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        // Each recipient once at one of the two hosts, with one transaction at each host.
        Assert.Equal(1, first.Count("<1@x>", $"to@{given.DomainOfTwo}") + second.Count("<1@x>", $"to@{given.DomainOfTwo}"));
        Assert.Equal((0, 1), (first.Count("<1@x>", $"full@{given.DomainOfTwo}"), second.Count("<1@x>", $"full@{given.DomainOfTwo}")));
        Assert.Single(first.Commands(1), line => line.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Single(second.Commands(1), line => line.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Equal((1, 1), (first.ConnectionsTotal, second.ConnectionsTotal));
        Assert.Empty(given.Reports.Messages);
        await given.ReturnAsync(Limit);
    }

    [FullFact]
    public async Task A_host_that_never_greets_is_given_up_after_five_minutes_and_the_next_one_tried()
    {
        var port = FreePort.Tcp();
        await using var first = FaultNode.Sink(port, "127.0.0.11", _ => SinkAction.Hang);
        await using var second = FaultNode.Sink(port, "127.0.0.12");
        await using var given = await FaultNode.StartAsync(port, TwoHosts());
        var start = DateTimeOffset.UtcNow;
        await given.SendAsync("<1@x>", FaultNode.Sender, "to@a.test");

        // RFC 5321 section 4.5.3.2.1: 5 minutes for the greeting.
        await second.WaitForAsync(1, TimeSpan.FromMinutes(7));
        Assert.InRange(second.Messages.Single().At - start, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
    }

    [Fact]
    public async Task A_dead_site_does_not_slow_the_mail_of_another()
    {
        const int Messages = 200;
        var port = FreePort.Tcp();
        await using var dead = FaultNode.Sink(port, "127.0.0.11", _ => SinkAction.Hang);
        await using var live = FaultNode.Sink(port, "127.0.0.12");
        await using var given = await FaultNode.StartAsync(port, new DnsRecords()
            .Mx("dead.test", "mx.dead.test").Address("mx.dead.test", "127.0.0.11")
            .Mx("live.test", "mx.live.test").Address("mx.live.test", "127.0.0.12"));
        await using var load = LoadClient.Start(
            new LoadPlan([given.Node.Relay], n => [n % 2 == 0 ? "to@dead.test" : "to@live.test"])
            {
                Messages = 2 * Messages,
                Sessions = 10,
            });
        await load.Finished;

        Assert.Equal(2 * Messages, load.Acknowledged.Count);
        await live.WaitForAsync(Messages, TimeSpan.FromSeconds(10));
        Assert.Empty(dead.Messages);
        Assert.True(dead.ConnectionsNow > 0, "the dead site was tried");
        // Delivered mail leaves its queue with the event of the outcome, a moment later.
        await Eventually.True(
            async () => (await given.Node.QueuesAsync()).Messages == Messages, Limit, "only the dead site's mail is left");
    }

    [Fact]
    public async Task Deferred_mail_waits_through_a_restart_in_order()
    {
        var port = FreePort.Tcp();
        await using var sink = FaultNode.Sink(
            port, "127.0.0.11", step => step.Stage == SinkStage.Mail ? SinkAction.Reply("421 4.3.2 not now") : SinkAction.Accept);
        await using var given = await FaultNode.StartAsync(port, OneHost());
        await given.SendAsync("<1@x>", FaultNode.Sender, "to@a.test");
        await Eventually.True(async () => (await given.Node.QueuesAsync()).Deferred == 1, Limit, "the message is deferred");

        Assert.Equal(0, await given.Node.TerminateAsync());
        sink.Script = _ => SinkAction.Accept;
        await given.Node.StartAsync();
        await sink.WaitForAsync(1, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        Assert.Equal(0, sink.Duplicates);
    }

    private static DnsRecords OneHost() => new DnsRecords().Mx("a.test", "mx.a.test").Address("mx.a.test", "127.0.0.11");

    private static DnsRecords TwoHosts() => new DnsRecords()
        .Mx("a.test", "mx1.a.test", 10).Address("mx1.a.test", "127.0.0.11")
        .Mx("a.test", "mx2.a.test", 20).Address("mx2.a.test", "127.0.0.12");
}
