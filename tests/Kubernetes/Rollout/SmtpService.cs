using System.Net;
using k8s.Models;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// The Service for SMTP as clients see it: the ready pods that its selector chooses. Each change reaches clients after a delay, as the
/// rules of the machines' proxies do. Thread-safe.
/// </summary>
/// <param name="delay">The time from a change to its effect for clients.</param>
internal sealed class SmtpService(TimeSpan delay)
{
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<IPEndPoint> _seen = [];
    private Task _last = Task.CompletedTask;

    /// <summary>The endpoints to which a new connection may go now.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => _seen;

    /// <summary>Takes the pods as they are now.</summary>
    public void Publish(V1Service service, IEnumerable<Pod> pods)
    {
        IPEndPoint[] ready =
        [
            .. pods.Where(pod => pod.IsReady && !pod.IsTerminating && IsChosen(service, pod))
                .Select(pod => new IPEndPoint(pod.Address, pod.Template.Port(service.Spec.Ports[0].TargetPort.Value))),
        ];
        lock (_gate) _last = ApplyAsync(_last, ready);
    }

    private static bool IsChosen(V1Service service, Pod pod) => service.Spec.Selector.All(
        label => pod.Template.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    private async Task ApplyAsync(Task before, IReadOnlyList<IPEndPoint> ready)
    {
        await Task.WhenAll(before, Task.Delay(delay));
        _seen = ready;
    }
}
