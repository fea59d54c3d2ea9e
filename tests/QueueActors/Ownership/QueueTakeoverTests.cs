using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.Ownership;
using Postfleet.QueueActors.State;
using Postfleet.QueueActors.Tests.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.Ownership;

/// <summary>How a queue knows that it has mail of another node.</summary>
public sealed class QueueTakeoverTests : DomainQueueFixture
{
    [Fact]
    public async Task Queue_that_recovers_mail_of_another_node_reports_it_at_each_recovery_with_the_same_number()
    {
        await OnNodeAsync("node-1");
        Offer(1);
        ExpectMsg<Enqueued>();
        await OnNodeAsync("node-2");
        var first = Assert.Single(Taken());
        Assert.Equal((Queue, "node-1"), (first.Queue, first.Former));
        // Without a row of its own in between.
        await OnNodeAsync("node-2");
        Assert.Equal((first.Number, "node-1"), (Assert.Single(Taken()) is var again ? (again.Number, again.Former) : default));
    }

    [Fact]
    public async Task Queue_on_the_same_node_reports_nothing()
    {
        await OnNodeAsync("node-1");
        Offer(1);
        ExpectMsg<Enqueued>();
        await OnNodeAsync("node-1");
        Assert.Empty(Taken());
    }

    [Fact]
    public async Task Queue_without_mail_reports_nothing()
    {
        await OnNodeAsync("node-1");
        await EmptyAsync();
        await OnNodeAsync("node-2");
        Assert.Empty(Taken());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Journal_names_no_node_where_nobody_asks(bool isAlone, bool keepsOutcomes)
    {
        await OnNodeAsync("node-1", isAlone, keepsOutcomes);
        Offer(1);
        ExpectMsg<Enqueued>();
        Assert.All(Batches(), batch => Assert.Null(batch.Owner));
        await OnNodeAsync("node-2", isAlone, keepsOutcomes);
        Assert.Empty(Taken());
    }

    [Fact]
    public async Task Only_the_first_row_of_a_node_names_it()
    {
        await OnNodeAsync("node-1");
        Offer(1);
        ExpectMsg<Enqueued>();
        Offer(2);
        ExpectMsg<Enqueued>();
        await OnNodeAsync("node-2");
        Taken();
        _destinations.ExpectMsg<RequestCredit>();
        Store(3);
        Store(4);
        Offer(3);
        ExpectMsg<Enqueued>();
        Offer(4);
        ExpectMsg<Enqueued>();
        Assert.Equal(["node-1", "node-2"], Batches().Select(batch => batch.Owner).OfType<string>());
        await OnNodeAsync("node-3");
        Assert.Equal("node-2", Assert.Single(Taken()).Former);
    }

    [Fact]
    public void Replay_knows_the_owner_from_a_checkpoint_and_from_the_fence_of_an_older_program()
    {
        Assert.Equal("node-1", Former(new CheckpointPiece(0, true, [Entry], []) { Queue = new(null, null, 0, null) { Owner = "node-1" } }));
        Assert.Equal("node-1", Former(
            new CheckpointPiece(0, true, [Entry], []), new QueueEventBatch([new OwnershipTaken("node-1", default)])));
        Assert.Null(Former(new CheckpointPiece(0, true, [Entry], [])));
    }

    [Fact]
    public void Checkpoint_names_its_node()
    {
        List<QueueOutput> outputs = [];
        var state = new QueueState(new ReplyPool());
        var rows = default(LifecycleRows);
        state.Apply(new CheckpointPiece(0, true, [Entry, Entry with { Part = new(Message(2), 1, default) }], []));
        rows.Write(Checkpoints.Write(state, 1), "node-1", default, outputs);
        var pieces = outputs[0].Rows.Cast<CheckpointPiece>().ToList();
        Assert.Equal([null, "node-1"], pieces.Select(piece => piece.Queue?.Owner));
    }

    private static CheckpointEntry Entry =>
        new() { Part = new(Message(1), 1, default), Open = RecipientSet.All(1), NextDue = DateTimeOffset.UnixEpoch };

    private static string? Former(params object[] rows)
    {
        var state = new QueueState(new ReplyPool());
        var rules = Rules("node-2", false, true);
        var lifecycle = new QueueLifecycle(
            state, new QueueMachine(state, rules), rules, new LifecycleSettings(IdleTimeout, BatchInterval));
        foreach (var row in rows) lifecycle.Replay(row);
        return lifecycle.FormerOwner;
    }

    private static QueueRules Rules(string node, bool isAlone, bool keepsOutcomes) =>
        new(QueueDriver.Lifetime, _ => RetryDelay, node) { IsAlone = isAlone, KeepsOutcomes = keepsOutcomes };

    private Task OnNodeAsync(string node, bool isAlone = false, bool keepsOutcomes = true)
    {
        var rules = Rules(node, isAlone, keepsOutcomes);
        _services = new QueueServices(
            _spool, _routes, _settler, () => _destinations.Ref, _stats, new(_ => rules), new LifecycleSettings(IdleTimeout, TimeSpan.Zero),
            _time, _log);
        _services.Takeovers.IsRead = true;
        return RestartAsync();
    }

    private IReadOnlyList<RecoveredElsewhere> Taken() => _services!.Takeovers.Take(10);

    private List<QueueEventBatch> Batches() => [.. _journal.Read(Id, Sys.Serialization).OfType<QueueEventBatch>()];
}
