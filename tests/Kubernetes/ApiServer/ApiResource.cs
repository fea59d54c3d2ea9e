using System.Text.Json.Nodes;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>A resource of the API, such as <c>apps/v1</c> <c>deployments</c>.</summary>
internal sealed record ApiResource(string GroupVersion, string Kind, string Plural, bool IsNamespaced = true)
{
    /// <summary>The resources that the stand-in serves.</summary>
    public static IReadOnlyList<ApiResource> All { get; } =
    [
        new("v1", "Namespace", "namespaces", IsNamespaced: false), new("v1", "ConfigMap", "configmaps"), new("v1", "Secret", "secrets"),
        new("v1", "Service", "services"), new("v1", "ServiceAccount", "serviceaccounts"), new("v1", "Pod", "pods"),
        new("v1", "PersistentVolumeClaim", "persistentvolumeclaims"), new("v1", "Event", "events"),
        new("apps/v1", "Deployment", "deployments"), new("apps/v1", "StatefulSet", "statefulsets"),
        new("apps/v1", "ReplicaSet", "replicasets"), new("batch/v1", "Job", "jobs"),
        new("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
        new("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"), new("networking.k8s.io/v1", "Ingress", "ingresses"),
        new("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
        new("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors"),
        new("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules"),
        new("cert-manager.io/v1", "Certificate", "certificates"), new("keda.sh/v1alpha1", "ScaledObject", "scaledobjects"),
        new("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes"), new("postgresql.cnpg.io/v1", "Cluster", "clusters"),
    ];

    /// <summary>The group; empty for the core.</summary>
    public string Group => GroupVersion.Contains('/', StringComparison.Ordinal) ? GroupVersion.Split('/')[0] : "";

    /// <summary>The version.</summary>
    public string Version => GroupVersion.Split('/')[^1];

    /// <summary>The groups, for <c>/apis</c>.</summary>
    public static JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. All.Where(each => each.Group.Length > 0).GroupBy(each => each.Group).Select(group =>
        {
            var versions = group.Select(each => each.GroupVersion).Distinct().Select(version => (JsonNode)new JsonObject
            {
                ["groupVersion"] = version, ["version"] = version.Split('/')[^1],
            }).ToList();
            return (JsonNode)new JsonObject
            {
                ["name"] = group.Key, ["versions"] = new JsonArray([.. versions]), ["preferredVersion"] = versions[0].DeepClone(),
            };
        })]),
    };

    /// <summary>The resources of a group and version, for discovery.</summary>
    public static JsonObject Resources(string groupVersion) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = groupVersion,
        ["resources"] = new JsonArray([.. All.Where(each => each.GroupVersion == groupVersion).Select(each => (JsonNode)new JsonObject
        {
            ["name"] = each.Plural,
            ["singularName"] = each.Kind.ToLowerInvariant(),
            ["namespaced"] = each.IsNamespaced,
            ["kind"] = each.Kind,
            ["verbs"] = new JsonArray("create", "delete", "get", "list", "patch", "update", "watch"),
        })]),
    };
}
