using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Membership;

/// <summary>A delivery node stays in the cluster while there is no queue node, and accepts the next queue node.</summary>
public sealed class NoQueueNodeTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly string _seed = NodeConfiguration.NextHost();
    private PostfleetNode _queue = null!;
    private PostfleetNode _sender = null!;
    private string _database = "";

    public async Task InitializeAsync()
    {
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        (_queue, _sender) = (Node(_seed, "queue"), Node(NodeConfiguration.NextHost(), "delivery"));
        await Task.WhenAll(_queue.StartAsync(Limit), _sender.StartAsync(Limit));
    }

    public async Task DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _sender.DisposeAsync();
    }

    [Fact]
    public async Task A_queue_node_with_another_address_takes_the_place_of_a_dead_one()
    {
        await _queue.KillAsync();
        await using var next = Node(NodeConfiguration.NextHost(), "queue");
        await next.StartAsync(Limit);
        await _sender.Process.WaitForLineAsync($"node removed node={_seed}:", Limit);
        await _sender.Process.WaitForLineAsync("queue nodes back", Limit);
        await _sender.WaitReadyAsync(Limit);
        AssertSenderStayed();
    }

    [Fact]
    public async Task A_frozen_queue_node_that_was_taken_for_dead_joins_anew_when_it_wakes_up()
    {
        _queue.Process.Send(Signal.Stop);
        await _sender.Process.WaitForLineAsync($"node removed node={_seed}:", Limit);
        _queue.Process.Send(Signal.Continue);
        await _queue.Process.WaitForLineAsync("rejoining", Limit);
        await Eventually.True(() => Lines(_sender, $"node up node={_seed}:") == 2, Limit, "the queue node is back");
        await Task.WhenAll(_queue.WaitReadyAsync(Limit), _sender.WaitReadyAsync(Limit));
        AssertSenderStayed();
    }

    private static int Lines(PostfleetNode node, string text) =>
        node.Process.Output.Count(line => line.Contains(text, StringComparison.Ordinal));

    private void AssertSenderStayed()
    {
        Assert.Equal(0, Lines(_sender, "giving up"));
        Assert.Equal(0, Lines(_sender, "rejoining"));
    }

    private PostfleetNode Node(string host, string role) =>
        new(new NodeSpec { Postgres = _database, Seeds = [_seed], ClusterHost = host, Roles = [role] });
}
