using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Run;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Run;

/// <summary>What an action concerns, page by page.</summary>
public sealed class RunSourceTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly MemorySpool _spool = new();
    private readonly SiteRoutes _routes = new();
    private readonly RunSource _source;

    public RunSourceTests() => _source = new RunSource(_spool, _spool, _routes);

    [Fact]
    public async Task Queues_are_filtered_by_key_and_site()
    {
        foreach (var (queue, i) in new[] { "bulk:a.example", "bulk:b.example", "default:a.example" }.Select((queue, i) => (queue, i)))
            _spool.Add(Part(queue, i + 1), Start, "x@example.org");
        var all = await ReadAsync(ActionSelector.None with { Stream = "bulk" }, RunStage.Queues);
        Assert.Equal(["bulk:a.example", "bulk:b.example"], all.Queues.Select(queue => queue.Queue.Value));
        Assert.True(all.IsLast);
        var source = new RunSource(_spool, _spool, _routes);
        var some = await source.ReadAsync(Action(ActionSelector.None with { Site = "*mx.b*" }), RunStage.Queues, "", default);
        Assert.Equal("bulk:b.example", Assert.Single(some.Queues).Queue.Value);
    }

    [Fact]
    public async Task A_new_owner_goes_on_behind_the_cursor()
    {
        for (var i = 0; i < 5; i++) _spool.Add(Part($"bulk:d{i}.example", i + 1), Start, "x@example.org");
        var page = await _source.ReadAsync(
            Action(ActionSelector.None with { Stream = "bulk" }), RunStage.Queues, "bulk:d2.example", default);
        Assert.Equal(["bulk:d3.example", "bulk:d4.example"], page.Queues.Select(queue => queue.Queue.Value));
    }

    [Fact]
    public async Task A_failed_page_is_read_again_whole()
    {
        for (var i = 0; i < 3; i++) _spool.Add(Part($"bulk:d{i}.example", i + 1), Start, "x@example.org");
        _routes.Fails = "bulk:d1.example";
        var selector = ActionSelector.None with { Site = "*" };
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(selector, RunStage.Queues));
        _routes.Fails = "";
        Assert.Equal(3, (await ReadAsync(selector, RunStage.Queues)).Queues.Count);
    }

    [Fact]
    public async Task Messages_are_found_by_their_id_in_all_queues()
    {
        var (id, other) = (MessageId.FromHalves(1, 5), MessageId.FromHalves(1, 6));
        foreach (var queue in new[] { "bulk:a.example", "bulk:b.example" })
            _spool.Add(new PartId(id, QueueKey.FromTrusted(queue)), Start, "x@example.org");
        _spool.Add(new PartId(other, QueueKey.FromTrusted("bulk:a.example")), Start, "x@example.org");
        var page = await ReadAsync(ActionSelector.None with { Message = id }, RunStage.Messages);
        Assert.True(page.IsLast);
        Assert.All(page.Queues, queue => Assert.Equal([id], queue.Messages));
    }

    [Fact]
    public async Task Unclaimed_parts_accepted_before_the_order_are_seen_and_others_are_not()
    {
        _spool.Add(Part("bulk:a.example", 1), Start.AddSeconds(-1), "x@example.org");
        _spool.Add(Part("bulk:b.example", 2), Start.AddSeconds(1), "x@example.org");
        _spool.Add(Part("other:c.example", 3), Start.AddSeconds(-1), "x@example.org");
        var page = await ReadAsync(ActionSelector.None with { Stream = "bulk" }, RunStage.Unclaimed);
        Assert.Equal("bulk:a.example", Assert.Single(page.Queues).Queue.Value);
        Assert.False(page.IsLast);
        await _spool.MarkHandedOffAsync([Part("bulk:a.example", 1).Mark()], default);
        Assert.True((await ReadAsync(ActionSelector.None with { Stream = "bulk" }, RunStage.Unclaimed)).IsLast);
    }

    [Fact]
    public async Task Unclaimed_messages_of_a_sender_are_not_told_blindly_but_scanned_again()
    {
        _spool.Add(Part("bulk:a.example", 7), Start.AddSeconds(-1), "x@example.org");
        var page = await ReadAsync(ActionSelector.None with { Sender = "@example.org" }, RunStage.Unclaimed);
        Assert.Empty(page.Queues);
        Assert.False(page.IsLast);
        var again = await _source.ReadAsync(
            Action(ActionSelector.None with { Sender = "<>" }), RunStage.Messages, page.Cursor, default);
        Assert.Equal([MessageId.FromHalves(1, 7)], Assert.Single(again.Queues).Messages);
    }

    private Task<RunPage> ReadAsync(ActionSelector selector, RunStage stage) => _source.ReadAsync(Action(selector), stage, "", default);

    private static ActionView Action(ActionSelector selector) =>
        new(7, new ActionOrder(ActionKind.Hold, selector, "", "ada", null), Start, ActionState.Running, null, 0, 0);

    private static PartId Part(string queue, int number) => new(MessageId.FromHalves(1, (ulong)number), QueueKey.FromTrusted(queue));

    private sealed class SiteRoutes : IRouteResolver
    {
        public string Fails { get; set; } = "";

        public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken)
        {
            if (queue.Value == Fails) throw new IOException("the DNS is broken");
            var target = new DeliveryTarget(new DestinationId($"default|mx.{queue.Domain}"), TargetKind.Mx, [], 25);
            return new ValueTask<RouteDecision>(new RouteDecision.Deliver(target, TimeSpan.FromMinutes(1)));
        }
    }
}
