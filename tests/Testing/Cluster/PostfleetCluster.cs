namespace Postfleet.Testing;

/// <summary>A cluster of real node processes. Disposing kills all processes.</summary>
public sealed class PostfleetCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);

    private PostfleetCluster(ClusterPlan plan)
    {
        Plan = plan;
        Nodes = [.. plan.Specs().Select(spec => new PostfleetNode(spec))];
    }

    /// <summary>The plan of the cluster.</summary>
    public ClusterPlan Plan { get; }

    /// <summary>All nodes, in the order of the plan.</summary>
    public IReadOnlyList<PostfleetNode> Nodes { get; }

    /// <summary>The nodes with a role.</summary>
    public IReadOnlyList<PostfleetNode> With(string role) => [.. Nodes.Where(node => node.Spec.Roles.Contains(role))];

    /// <summary>The node with a name.</summary>
    public PostfleetNode this[string name] => Nodes.Single(node => node.Spec.Name == name);

    /// <summary>Starts all nodes at once (or after the first, by the plan) and waits until all nodes are ready.</summary>
    public static async Task<PostfleetCluster> StartAsync(ClusterPlan plan)
    {
        var cluster = new PostfleetCluster(plan);
        try
        {
            if (plan.OldestFirst)
            {
                await cluster.Nodes[0].StartAsync(StartLimit);
            }

            await Task.WhenAll(cluster.Nodes.Skip(plan.OldestFirst ? 1 : 0).Select(node => node.StartAsync(StartLimit)));
            return cluster;
        }
        catch (Exception e)
        {
            // The message has the last log lines of all nodes.
            cluster.SaveLogs();
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"the cluster did not start: {e.Message}", e);
        }
    }

    /// <summary>Waits until all nodes are ready.</summary>
    public Task WaitReadyAsync(TimeSpan timeout) => Task.WhenAll(Nodes.Select(node => node.WaitReadyAsync(timeout)));

    /// <summary>The last lines of every node's log; <see cref="SaveLogs"/> saves more.</summary>
    /// <param name="lines">The number of lines of each node.</param>
    public string Logs(int lines)
    {
        SaveLogs();
        return string.Join('\n', Nodes.Where(node => node.WasStarted).Select(node => node.LogTail(lines)));
    }

    /// <summary>
    /// If the environment variable <c>POSTFLEET_TEST_LOGS</c> names a folder, writes the retained log lines to a new folder in it.
    /// </summary>
    public void SaveLogs()
    {
        if (Environment.GetEnvironmentVariable("POSTFLEET_TEST_LOGS") is not { Length: > 0 } folder)
        {
            return;
        }

        var own = Directory.CreateDirectory(Path.Combine(folder, $"{DateTime.UtcNow:HHmmss.fff}")).FullName;
        foreach (var node in Nodes.Where(node => node.WasStarted))
        {
            File.WriteAllLines(Path.Combine(own, node.Spec.Name + ".log"), node.Process.Kept.Concat(node.Process.Output));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask()));
    }
}
