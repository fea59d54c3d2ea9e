using System.Collections.Concurrent;
using k8s.Models;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// A Deployment and its controller, with the rules of Kubernetes: new pods within <c>maxSurge</c>, and an old pod ends only when as many
/// pods as replicas are available without it. The youngest pods end first. Ending pods do not count.
/// </summary>
internal sealed class Workload(Release release, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<Pod> _pods = new();
    private readonly List<Task> _ends = [];
    private int _number;

    /// <summary>All pods, also those that have ended, in the order of their start.</summary>
    public IReadOnlyCollection<Pod> Pods => _pods;

    /// <summary>Brings the pods to a Deployment's template and number.</summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="template">Its template.</param>
    /// <param name="most">The most new pods after which the rollout is left as it is, as by <c>kubectl rollout pause</c>.</param>
    public async Task ApplyAsync(V1Deployment deployment, PodTemplate template, int most)
    {
        var replicas = deployment.Spec.Replicas!.Value;
        var minReady = TimeSpan.FromSeconds(deployment.Spec.MinReadySeconds ?? 0);
        var strategy = deployment.Spec.Strategy.RollingUpdate;
        if (strategy.MaxUnavailable.Value != "0") throw new NotSupportedException($"maxUnavailable {strategy.MaxUnavailable.Value}");
        var surge = int.Parse(strategy.MaxSurge.Value, System.Globalization.CultureInfo.InvariantCulture);
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var living = _pods.Where(pod => !pod.IsTerminating).ToList();
            if (living.Find(pod => pod.Problem is not null) is { } broken) throw broken.Failure(broken.Problem!);
            var (fresh, old) = (
                living.Where(pod => pod.Template.Hash == template.Hash).ToList(),
                living.Where(pod => pod.Template.Hash != template.Hash).ToList());
            var (available, wanted) = (living.Count(pod => pod.IsAvailable(minReady)), Math.Min(replicas, most));
            var excess = available - replicas;
            Pod[] superfluous = [.. old, .. fresh.Skip(replicas)];
            foreach (var pod in superfluous.Reverse().Take(excess)) _ends.Add(pod.TerminateAsync());
            for (var i = Math.Min(wanted - fresh.Count, replicas + surge - living.Count); i > 0; i--)
            {
                var made = await Pod.StartAsync(release, $"{name}-{++_number}", template, release.Publish);
                _pods.Enqueue(made);
            }

            var isNumber = fresh.Count == wanted && (wanted < replicas || old.Count == 0);
            if (isNumber && excess <= 0 && fresh.TrueForAll(pod => pod.IsAvailable(minReady))) return;
            if (limit.IsCancellationRequested)
            {
                throw living[^1].Failure($"{name}: {available} of {replicas} pods available, {fresh.Count} new and {old.Count} old");
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Waits until all pods that were asked to end have ended.</summary>
    public Task EndedAsync() => Task.WhenAll(_ends);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods) await pod.DisposeAsync();
    }
}
