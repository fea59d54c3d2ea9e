using k8s.Models;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>Runs a pod's probes as the kubelet does: first the startup probe, then liveness and readiness side by side.</summary>
/// <param name="container">The container with the probes.</param>
/// <param name="target">The address and port of the pod.</param>
/// <param name="ready">Called with each change of the readiness.</param>
/// <param name="failed">Called when the kubelet would kill the container, with the reason.</param>
internal sealed class ProbeLoop(V1Container container, Uri target, Action<bool> ready, Action<string> failed)
{
    private static readonly HttpClient Http = new();

    /// <summary>Runs until cancelled, or until a probe has failed for good.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            if (await FailsAsync(container.StartupProbe, untilSuccess: true, _ => { }, cancellation))
            {
                failed("the startup probe failed");
                return;
            }

            await Task.WhenAll(LiveAsync(cancellation), FailsAsync(container.ReadinessProbe, untilSuccess: false, ready, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The pod ends.
        }
    }

    private async Task LiveAsync(CancellationToken cancellation)
    {
        var hasFailed = false;
        await FailsAsync(
            container.LivenessProbe, untilSuccess: false,
            isLive =>
            {
                if (isLive || hasFailed) return;
                hasFailed = true;
                failed("the liveness probe failed");
            },
            cancellation);
    }

    // Calls back with each result that counts: a success, or as many failures in succession as the threshold has. Ends with false at the
    // first success, or with true at the first failure that counts, if the loop is to end then.
    private async Task<bool> FailsAsync(V1Probe probe, bool untilSuccess, Action<bool> changed, CancellationToken cancellation)
    {
        var failures = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(probe.PeriodSeconds ?? 10));
        do
        {
            if (await IsSuccessAsync(probe, cancellation))
            {
                failures = 0;
                changed(true);
                if (untilSuccess) return false;
            }
            else if (++failures >= (probe.FailureThreshold ?? 3))
            {
                changed(false);
                if (untilSuccess) return true;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
        return true;
    }

    private async Task<bool> IsSuccessAsync(V1Probe probe, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(probe.TimeoutSeconds ?? 1));
        try
        {
            using var answer = await Http.GetAsync(new Uri(target, probe.HttpGet.Path), limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
