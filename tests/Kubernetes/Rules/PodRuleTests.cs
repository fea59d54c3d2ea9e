using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rules;

/// <summary>Rules for all pods that the chart makes, whatever the values.</summary>
public sealed class PodRuleTests
{
    public static TheoryData<string> Examples => [.. Chart.Examples];

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Pods_meet_the_restricted_security_standard(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Pods, pod =>
        {
            var context = pod.Spec.SecurityContext;
            Assert.True(context.RunAsNonRoot, pod.Owner);
            Assert.Equal(1654, context.RunAsUser);
            Assert.Equal("RuntimeDefault", context.SeccompProfile.Type);
            Assert.All(Containers(pod.Spec), container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation, pod.Owner);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem, pod.Owner);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Capabilities.Add);
            });
            Assert.All(pod.Spec.Volumes, volume => Assert.Null(volume.HostPath));
            Assert.True(pod.Spec.HostNetwork is not true && pod.Spec.HostPID is not true && pod.Spec.HostIPC is not true, pod.Owner);
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Pods_have_no_rights_in_the_cluster(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Pods, pod => Assert.False(pod.Spec.AutomountServiceAccountToken, pod.Owner));
        Assert.All(manifest.All<V1ServiceAccount>(), account => Assert.False(account.AutomountServiceAccountToken));
        Assert.DoesNotContain(
            manifest.Objects, each => each.Kind is "Secret" or "Role" or "RoleBinding" or "ClusterRole" or "ClusterRoleBinding");
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Containers_have_requests_and_a_memory_limit(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Pods.SelectMany(pod => Containers(pod.Spec)), container =>
        {
            Assert.Contains("cpu", container.Resources.Requests.Keys);
            Assert.Contains("memory", container.Resources.Requests.Keys);
            Assert.Contains("memory", container.Resources.Limits.Keys);
            Assert.DoesNotContain("cpu", container.Resources.Limits.Keys);
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Nodes_have_probes_of_the_health_routes(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.NotEmpty(manifest.Nodes);
        Assert.All(manifest.Nodes, pod =>
        {
            var container = pod.Spec.Containers[0];
            Assert.Equal("/healthz/live", container.StartupProbe.HttpGet.Path);
            Assert.Equal("/healthz/live", container.LivenessProbe.HttpGet.Path);
            Assert.Equal("/healthz/ready", container.ReadinessProbe.HttpGet.Path);
            // A database that is away must not end processes.
            Assert.All(
                [container.StartupProbe, container.LivenessProbe, container.ReadinessProbe],
                probe => Assert.Contains(container.Ports, port => port.Name == probe.HttpGet.Port.Value));
            Assert.True(container.LivenessProbe.PeriodSeconds * container.LivenessProbe.FailureThreshold >= 30);
            Assert.True(container.StartupProbe.PeriodSeconds * container.StartupProbe.FailureThreshold >= 120);
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Grace_is_longer_than_the_time_in_which_a_node_leaves(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Nodes, pod =>
        {
            var node = NodeConfiguration.Of(manifest, pod.Spec)["Node"]!;
            var stop = Duration.Seconds((string)node["ShutdownGrace"]!) + Duration.Seconds((string)node["DrainDelay"]!);
            Assert.True(pod.Spec.TerminationGracePeriodSeconds >= stop + 30, $"{pod.Owner}: {pod.Spec.TerminationGracePeriodSeconds}");
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Volumes_and_mounts_belong_together(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Pods, pod =>
        {
            var claims = manifest.All<V1StatefulSet>().SelectMany(set => set.Spec.VolumeClaimTemplates ?? []).Select(claim => claim.Name());
            var volumes = pod.Spec.Volumes.Select(volume => volume.Name).Concat(claims).ToHashSet();
            var mounts = Containers(pod.Spec).SelectMany(container => container.VolumeMounts ?? []).ToList();
            Assert.All(mounts, mount => Assert.Contains(mount.Name, volumes));
            Assert.All(pod.Spec.Volumes, volume => Assert.Contains(mounts, mount => mount.Name == volume.Name));
            var maps = pod.Spec.Volumes.Select(volume => volume.ConfigMap?.Name).OfType<string>();
            Assert.All(maps, map => Assert.Contains(manifest.All<V1ConfigMap>(), each => each.Name() == map));
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Files_that_the_configuration_names_are_mounted(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Nodes, pod =>
        {
            var secrets = pod.Spec.Volumes.Single(volume => volume.Name == "secrets").Projected;
            var mount = pod.Spec.Containers[0].VolumeMounts.Single(each => each.Name == "secrets").MountPath;
            // The group of the pod's user may read them.
            Assert.Equal(Convert.ToInt32("440", 8), secrets.DefaultMode);
            var files = secrets.Sources.SelectMany(source => source.Secret.Items).Select(item => $"{mount}/{item.Path}").ToHashSet();
            var named = NodeConfiguration.Paths(NodeConfiguration.Of(manifest, pod.Spec))
                .Where(path => path.StartsWith(mount, StringComparison.Ordinal)).ToHashSet();
            Assert.NotEmpty(named);
            Assert.Subset(files, named);
            Assert.Subset(named, files);
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task A_changed_configuration_replaces_the_pods(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        var result = await Chart.TemplateAsync("-f", Chart.ExamplePath(example), "--set", "config.Queues.MaxRetry=3h");
        var changed = Manifest.Read(result.Output);
        Assert.All(manifest.Nodes.Zip(changed.Nodes), pair =>
        {
            Assert.Equal(pair.First.Owner, pair.Second.Owner);
            Assert.NotEqual(pair.First.Metadata.Annotations["checksum/config"], pair.Second.Metadata.Annotations["checksum/config"]);
        });
    }

    private static IEnumerable<V1Container> Containers(V1PodSpec pod) => [.. pod.InitContainers ?? [], .. pod.Containers];
}
