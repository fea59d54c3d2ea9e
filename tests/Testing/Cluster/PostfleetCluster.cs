using System.Text;

namespace Postfleet.Testing;

/// <summary>A cluster of real node processes. Disposing kills all of them.</summary>
public sealed class PostfleetCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);

    private PostfleetCluster(ClusterPlan plan)
    {
        Plan = plan;
        Nodes = [.. plan.Specs().Select(spec => new PostfleetNode(spec))];
    }

    /// <summary>What it is made of.</summary>
    public ClusterPlan Plan { get; }

    /// <summary>All nodes, in the order of the plan.</summary>
    public IReadOnlyList<PostfleetNode> Nodes { get; }

    /// <summary>The nodes with a role.</summary>
    public IReadOnlyList<PostfleetNode> With(string role) => [.. Nodes.Where(node => node.Spec.Roles.Contains(role))];

    /// <summary>The node of that name.</summary>
    public PostfleetNode this[string name] => Nodes.Single(node => node.Spec.Name == name);

    /// <summary>Starts all nodes at once (or after the first, by the plan) and waits until every one says that it is ready.</summary>
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
            var logs = cluster.Logs(60);
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"the cluster did not start: {e.Message}\n{logs}", e);
        }
    }

    /// <summary>Waits until every node says that it is ready.</summary>
    public Task WaitReadyAsync(TimeSpan timeout) => Task.WhenAll(Nodes.Select(node => node.WaitReadyAsync(timeout)));

    /// <summary>The last lines of every node's log; <see cref="SaveLogs"/> saves more.</summary>
    /// <param name="lines">How many lines of each.</param>
    public string Logs(int lines)
    {
        var text = new StringBuilder();
        foreach (var node in Nodes.Where(node => node.WasStarted))
        {
            text.Append("--- ").Append(node.Spec.Name).Append(' ').Append(node.Spec.ClusterHost)
                .AppendLine(node.IsRunning ? "" : " (ended)");
            text.AppendJoin('\n', node.Process.Output.Where(IsWorthShowing).TakeLast(lines)).AppendLine();
        }

        SaveLogs();
        return text.ToString();
    }

    /// <summary>
    /// With the variable <c>POSTFLEET_TEST_LOGS</c> writes all that is held of the logs to a new folder below the one that it names.
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

    // A line for every message would leave no room for what went wrong.
    private static bool IsWorthShowing(string line) =>
        !line.Contains(" info accepted ", StringComparison.Ordinal) && !line.Contains(" info settled ", StringComparison.Ordinal)
        && !line.Contains(" info delivered ", StringComparison.Ordinal) && !line.Contains(" info deferred ", StringComparison.Ordinal);
}
