using System.Text.Json.Nodes;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>
/// As much of the API's OpenAPI description as Helm reads before the hooks of a release: that the server itself validates fields.
/// </summary>
internal static class OpenApiPages
{
    /// <summary>The list of pages.</summary>
    public static JsonObject Index() => new()
    {
        ["paths"] = new JsonObject(ApiResource.All.Select(each => each.GroupVersion).Distinct().Select(version => KeyValuePair.Create(
            Prefix(version), (JsonNode?)new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{Prefix(version)}?hash=1" }))),
    };

    /// <summary>The page of a group and version.</summary>
    public static JsonObject Page(string groupVersion)
    {
        var paths = new JsonObject();
        foreach (var each in ApiResource.All.Where(each => each.GroupVersion == groupVersion))
        {
            paths[$"/{Prefix(groupVersion)}/{each.Plural}/{{name}}"] = new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["parameters"] = new JsonArray(new JsonObject { ["name"] = "fieldValidation", ["in"] = "query" }),
                    ["x-kubernetes-group-version-kind"] =
                        new JsonObject { ["group"] = each.Group, ["version"] = each.Version, ["kind"] = each.Kind },
                },
            };
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "1" },
            ["paths"] = paths
        };
    }

    private static string Prefix(string groupVersion) =>
        groupVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{groupVersion}" : $"api/{groupVersion}";
}
