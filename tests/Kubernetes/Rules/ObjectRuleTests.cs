using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rules;

/// <summary>Rules for the objects around the pods, whatever the values.</summary>
public sealed class ObjectRuleTests
{
    public static TheoryData<string> Examples => [.. Chart.Examples];

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Names_are_unique_and_fit_the_limits(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.Objects, each => Assert.Matches("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", each.Name));
        Assert.Equal(manifest.Objects.Count, manifest.Objects.Select(each => $"{each.ApiVersion} {each}").Distinct().Count());
        Assert.All(manifest.Objects, each => Assert.Equal(Chart.Namespace, (string?)each.Json["metadata"]!["namespace"]));
        var labels = manifest.Objects.SelectMany(each => each.Json["metadata"]!["labels"]?.AsObject() ?? []);
        Assert.All(labels, label => Assert.Matches("^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$", (string?)label.Value));
    }

    [ToolFact]
    public async Task A_long_release_name_fits_the_limits()
    {
        var result = await Tool.RunAsync(
            ToolFolder.Helm, Chart.Folder, "template", new string('a', 53), ".", "-f", Chart.ExamplePath("default"),
            "--set", "delivery.kind=StatefulSet");
        Assert.True(result.ExitCode == 0, result.Errors);
        var manifest = Manifest.Read(result.Output);
        // Kubernetes adds ten characters and a number to the names of pods.
        Assert.All(manifest.Objects, each => Assert.True(each.Name.Length <= 52, each.ToString()));
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Each_selector_finds_the_pods_it_is_for(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        var pods = manifest.Nodes;
        Assert.All(manifest.All<V1Service>(), service =>
        {
            var found = pods.Where(pod => Matches(service.Spec.Selector, pod.Metadata)).ToList();
            Assert.NotEmpty(found);
            Assert.All(service.Spec.Ports, port => Assert.All(
                found, pod => Assert.Contains(pod.Spec.Containers[0].Ports, each => each.Name == port.TargetPort.Value)));
        });
        Assert.All(manifest.All<V1PodDisruptionBudget>(), budget =>
            Assert.Single(pods, pod => Matches(budget.Spec.Selector.MatchLabels, pod.Metadata)));
        Assert.All(manifest.All<V1NetworkPolicy>(), policy =>
            Assert.Single(pods, pod => Matches(policy.Spec.PodSelector.MatchLabels, pod.Metadata)));
        Assert.All(manifest.All<V1Deployment>(), each =>
            Assert.True(Matches(each.Spec.Selector.MatchLabels, each.Spec.Template.Metadata), each.Name()));
        Assert.All(manifest.All<V1StatefulSet>(), each =>
        {
            Assert.True(Matches(each.Spec.Selector.MatchLabels, each.Spec.Template.Metadata), each.Name());
            Assert.Contains(
                manifest.All<V1Service>(), service => service.Name() == each.Spec.ServiceName && service.Spec.ClusterIP == "None");
        });
        // The pods of jobs and tests are no nodes.
        Assert.All(
            manifest.Pods.Where(pod => !pod.Metadata.Labels.ContainsKey("postfleet.io/node")),
            pod => Assert.DoesNotContain(manifest.All<V1Service>(), service => Matches(service.Spec.Selector, pod.Metadata)));
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Each_kind_of_node_has_a_budget_and_a_policy(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        var isSingle = manifest.Nodes.Count == 1 && example == "single";
        Assert.All(manifest.Nodes, pod =>
        {
            var budgets = manifest.All<V1PodDisruptionBudget>().Where(each => Matches(each.Spec.Selector.MatchLabels, pod.Metadata));
            Assert.Equal(isSingle ? 0 : 1, budgets.Count());
            Assert.Single(manifest.All<V1NetworkPolicy>(), each => Matches(each.Spec.PodSelector.MatchLabels, pod.Metadata));
        });
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Autoscalers_have_a_target_without_replicas(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        var targets = manifest.All<V2HorizontalPodAutoscaler>()
            .Select(each => (each.Spec.ScaleTargetRef.Kind, each.Spec.ScaleTargetRef.Name, each.Spec.MinReplicas, each.Spec.MaxReplicas))
            .Concat(manifest.OfKind("ScaledObject").Select(each => each["spec"]!).Select(spec => (
                Kind: (string)spec["scaleTargetRef"]!["kind"]!, Name: (string)spec["scaleTargetRef"]!["name"]!,
                MinReplicas: (int?)spec["minReplicaCount"], MaxReplicas: (int)spec["maxReplicaCount"]!))).ToList();
        Assert.All(targets, target =>
        {
            var found = Assert.Single(manifest.Objects, each => each.Kind == target.Kind && each.Name == target.Name);
            Assert.Null(found.Json["spec"]!["replicas"]);
            Assert.True(target.MinReplicas <= target.MaxReplicas);
        });
        // Without an autoscaler, the number is in the object.
        var scaled = targets.Select(target => target.Name).ToHashSet();
        Assert.All(
            manifest.Objects.Where(each => each.Kind is "Deployment" or "StatefulSet" && !scaled.Contains(each.Name)),
            each => Assert.NotNull(each.Json["spec"]!["replicas"]));
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Deployments_surge_and_lose_no_pod(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.All<V1Deployment>(), each =>
        {
            Assert.Equal("0", each.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);
            Assert.NotEqual("0", each.Spec.Strategy.RollingUpdate.MaxSurge.Value);
            Assert.True(each.Spec.MinReadySeconds >= 10);
        });
        Assert.All(manifest.All<V1StatefulSet>(), each => Assert.Equal("Parallel", each.Spec.PodManagementPolicy));
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Clients_keep_their_address_or_it_comes_by_PROXY(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        var smtp = manifest.All<V1Service>().Single(each => each.Name().EndsWith("-smtp", StringComparison.Ordinal));
        var listeners = manifest.Nodes.SelectMany(pod => NodeConfiguration.Of(manifest, pod.Spec)["Listeners"]!.AsArray());
        var hasProxy = listeners.All(listener => (bool?)listener!["ProxyProtocol"] == true);
        Assert.True(smtp.Spec.Type == "ClusterIP" || smtp.Spec.ExternalTrafficPolicy == "Local" || hasProxy);
    }

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Policies_open_the_ports_of_the_containers_alone(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        Assert.All(manifest.All<V1NetworkPolicy>(), policy =>
        {
            var pod = manifest.Nodes.Single(each => Matches(policy.Spec.PodSelector.MatchLabels, each.Metadata));
            var open = policy.Spec.Ingress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value).ToHashSet();
            Assert.Equal(
                pod.Spec.Containers[0].Ports.Select(port => $"{port.ContainerPort}").Order(), open.Order());
            // The traffic between nodes comes from nodes of the release alone.
            var cluster = pod.Spec.Containers[0].Ports.FirstOrDefault(port => port.Name == "cluster");
            if (cluster is null) return;
            var rule = policy.Spec.Ingress.Single(each => each.Ports.Any(port => port.Port.Value == $"{cluster.ContainerPort}"));
            Assert.All(rule.FromProperty, peer => Assert.Equal("true", peer.PodSelector.MatchLabels["postfleet.io/node"]));
            Assert.NotEmpty(rule.FromProperty);
        });
    }

    [ToolFact]
    public async Task Delivery_nodes_reach_the_ports_of_the_routes()
    {
        var manifest = await Chart.RenderAsync("everything");
        var ports = manifest.All<V1NetworkPolicy>().ToDictionary(
            policy => policy.Name(),
            policy => policy.Spec.Egress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value).ToHashSet());
        Assert.Superset(new HashSet<string> { "25", "24", "2526", "465", "587", "4318", "5433", "53" }, ports["mail-delivery"]);
        Assert.DoesNotContain("25", ports["mail-queue"]);
        Assert.DoesNotContain("25", ports["mail-frontend"]);
    }

    [ToolFact]
    public async Task Frontends_alone_reach_the_issuer_of_tokens()
    {
        var manifest = await Chart.RenderAsync("everything");
        Assert.All(manifest.All<V1NetworkPolicy>(), policy => Assert.Equal(
            policy.Name() == "mail-frontend", policy.Spec.Egress.SelectMany(rule => rule.Ports).Any(port => port.Port.Value == "8443")));
    }

    private static bool Matches(IDictionary<string, string> selector, V1ObjectMeta metadata) =>
        selector.Count > 0 && selector.All(pair => metadata.Labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
