using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 9: the machine and the disk of the primary die under load, and a standby is promoted. First with a synchronous standby, then
/// with an asynchronous standby that is some seconds behind.
/// </summary>
public sealed class DatabaseDeathTests(ITestOutputHelper output) : Scenario(output)
{
    private static readonly TimeSpan Behind = TimeSpan.FromSeconds(TestSize.Choose(2, 5));

    [Fact]
    public async Task Promoted_standby_has_all_acknowledged_mail_if_it_was_synchronous_and_otherwise_all_but_the_last()
    {
        await using var second = PostgresServer.Reserve();
        await using var third = PostgresServer.Reserve();
        await using var fourth = PostgresServer.Reserve();
        var first = await PostgresServer.StartNewAsync();
        await first.StartStandbyAsync(second, isSynchronous: true);
        await using var fleet = await Fleet.StartAsync(
            plan => TestSize.IsFull ? plan : plan with { Nodes = Fleet.OneOfEachRole }, postgres: first,
            connection: database => PostgresServer.ConnectionString(database, first, second, third, fourth));
        await RunAsync(fleet, async () =>
        {
            await LoseSynchronousAsync(fleet, first, second);
            await second.StartStandbyAsync(third, isSynchronous: false);
            await LoseAsynchronousAsync(fleet, second, third, doesMailWait: true);
            if (!TestSize.IsFull) return;
            await third.StartStandbyAsync(fourth, isSynchronous: false);
            await LoseAsynchronousAsync(fleet, third, fourth, doesMailWait: false);
        });
    }

    private async Task LoseSynchronousAsync(Fleet fleet, PostgresServer primary, PostgresServer standby)
    {
        await using var load = fleet.Load(TestSize.Choose(60, 200));
        await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
        await load.ReachedAsync(TestSize.Choose(100, 2_000), Limit);
        await primary.DestroyAsync();
        var died = DateTimeOffset.UtcNow;
        await standby.PromoteAsync();
        var again = await Recovery.OfAllDomainsAsync(fleet, load, died, Limit);
        await load.StopAsync();
        var verdict = await Verdict.OfAsync(fleet, load, Limit);
        Report(
            "machine and disk of the database die, synchronous standby promoted", verdict, again,
            $"{Counts(load)}; {verdict.TakenTwice} refused although stored");
        verdict.AssertNothingLostOrTwice(Output, mayBeTakenTwice: true);
        Assert.All(load.Failures, failure => Assert.True(IsTransient(failure), failure.ToString()));
        Assert.All(fleet.Cluster.Nodes, node => Assert.True(Has(node, "database server changed")));
        Assert.All(fleet.Cluster.Nodes, node => Assert.False(Has(node, "database changes lost")));
        await fleet.Cluster.WaitReadyAsync(Limit);
    }

    private async Task LoseAsynchronousAsync(Fleet fleet, PostgresServer primary, PostgresServer standby, bool doesMailWait)
    {
        await using var load = fleet.Load(TestSize.Choose(60, 200));
        await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.UtcNow, Limit);
        await load.ReachedAsync(TestSize.Choose(100, 2_000), Limit);
        // All mail of the window waits in its queue, deferred, when the database dies.
        if (doesMailWait)
            fleet.Sink.Script = step => step.Stage == SinkStage.Recipient ? SinkAction.Reply("451 4.2.1 later") : SinkAction.Accept;
        var before = load.Acknowledged.Count;
        await primary.HoldReplicationAsync();
        var frozen = DateTimeOffset.UtcNow;
        await Eventually.True(() => DateTimeOffset.UtcNow - frozen > Behind, Behind + Limit, "the standby falls behind");
        await primary.DestroyAsync();
        var died = DateTimeOffset.UtcNow;
        await standby.PromoteAsync();
        var exposed = load.Acknowledged.Count - before;
        fleet.Sink.Script = _ => SinkAction.Accept;
        var again = await Recovery.OfAllDomainsAsync(fleet, load, died, Limit);
        await load.StopAsync();
        await fleet.Cluster.WaitReadyAsync(Limit);
        var verdict = await Verdict.OfAsync(fleet, load, Limit, mayLose: true);
        var oldest = verdict.Lost.Count == 0 ? TimeSpan.Zero : died - verdict.Lost.Min(lost => lost.At);
        Report(
            $"machine and disk of the database die, asynchronous standby {Behind.TotalSeconds:0} s behind promoted, " +
            $"{(doesMailWait ? "all mail waiting" : "mail delivered at once")}",
            verdict, again,
            $"{exposed} acknowledged while the standby was behind; the lost in the last {oldest.TotalSeconds:0.0} s; {Counts(load)}; " +
            $"{verdict.TakenTwice} refused although stored");
        Output.WriteLine($"{verdict}");
        Assert.True(await fleet.CountAsync("part") == 0, await fleet.ListPartsAsync());
        Assert.All(verdict.Lost, lost => Assert.True(lost.At > frozen - TimeSpan.FromSeconds(2), $"{lost} was replicated"));
        Assert.All(verdict.Repeats, repeat => Assert.Equal(2, repeat.Arrivals.Count));
        Assert.Contains(fleet.QueueNodes, node => Has(node, "database changes lost"));
        await Eventually.True(
            async () => (await fleet.QueueNodes[0].QueuesAsync()) is { Messages: 0, InFlight: 0 }, Limit, "the queues are empty");
    }

    private static bool Has(PostfleetNode node, string text) =>
        node.Process.Output.Any(line => line.Contains(text, StringComparison.Ordinal));

    private static bool IsTransient(LoadFailure failure) => failure.Kind == LoadFailureKind.Reply && failure.Detail[0] == '4';
}
