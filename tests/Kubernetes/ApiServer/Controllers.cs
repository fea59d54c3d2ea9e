using System.Text.Json.Nodes;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>What the controllers of Kubernetes write into the status of objects.</summary>
internal static class Controllers
{
    /// <summary>Sets what the API server sets in a new object.</summary>
    public static void SetDefaults(JsonObject value)
    {
        if ((string?)value["kind"] == "Service") value["spec"]!["clusterIP"] ??= "192.0.2.2";
    }

    /// <summary>The status of an object whose pods are ready, or are not.</summary>
    /// <returns>Null for kinds without one.</returns>
    public static JsonObject? Status(JsonObject value, bool isReady)
    {
        var generation = value["metadata"]!["generation"]!.DeepClone();
        var spec = value["spec"];
        var replicas = (int?)spec?["replicas"] ?? 1;
        var ready = isReady ? replicas : 0;
        return (string?)value["kind"] switch
        {
            "Deployment" => new JsonObject
            {
                ["observedGeneration"] = generation,
                ["replicas"] = replicas,
                ["updatedReplicas"] = replicas,
                ["readyReplicas"] = ready,
                ["availableReplicas"] = ready,
                ["unavailableReplicas"] = replicas - ready,
                ["conditions"] = new JsonArray(
                    Condition("Available", isReady),
                    Condition("Progressing", true, isReady ? "NewReplicaSetAvailable" : "ReplicaSetUpdated")),
            },
            "StatefulSet" => new JsonObject
            {
                ["observedGeneration"] = generation,
                ["replicas"] = replicas,
                ["updatedReplicas"] = replicas,
                ["readyReplicas"] = ready,
                ["availableReplicas"] = ready,
                ["currentReplicas"] = replicas,
                ["currentRevision"] = "1",
                ["updateRevision"] = "1",
            },
            "PodDisruptionBudget" => new JsonObject
            {
                ["observedGeneration"] = generation,
                ["currentHealthy"] = 3,
                ["desiredHealthy"] = 2,
                ["disruptionsAllowed"] = 1,
                ["expectedPods"] = 3,
            },
            "Service" when (string?)spec?["type"] == "LoadBalancer" => new JsonObject
            {
                ["loadBalancer"] = new JsonObject { ["ingress"] = new JsonArray(new JsonObject { ["ip"] = "192.0.2.1" }) },
            },
            "Job" when isReady => new JsonObject
            {
                ["succeeded"] = 1,
                ["startTime"] = "2026-01-01T00:00:00Z",
                ["completionTime"] = "2026-01-01T00:00:01Z",
                ["conditions"] = new JsonArray(Condition("Complete", true)),
            },
            "Pod" => new JsonObject
            {
                ["phase"] = isReady ? "Succeeded"
                : "Pending",
                ["conditions"] = new JsonArray(Condition("Ready", isReady))
            },
            _ => null,
        };
    }

    private static JsonObject Condition(string type, bool isTrue, string reason = "Stand") => new()
    {
        ["type"] = type,
        ["status"] = isTrue ? "True"
            : "False",
        ["reason"] = reason,
        ["message"] = "",
        ["lastUpdateTime"] = "2026-01-01T00:00:00Z",
        ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
    };
}
