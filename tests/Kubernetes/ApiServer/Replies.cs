using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>Answers of the API.</summary>
internal static class Replies
{
    /// <summary>Answers with a status of the API that says what failed.</summary>
    public static Task FailAsync(HttpContext http, int code, string reason, string message) => WriteAsync(
        http,
        new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["status"] = "Failure",
            ["reason"] = reason,
            ["message"] = message,
            ["code"] = code,
        },
        code);

    /// <summary>Answers with an object.</summary>
    public static Task WriteAsync(HttpContext http, JsonObject value, int code = 200)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(value.ToJsonString(), http.RequestAborted);
    }
}
