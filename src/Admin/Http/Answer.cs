using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;

namespace Postfleet.Admin.Http;

/// <summary>Maps routes with their <see cref="ApiRoute"/>, and makes their answers.</summary>
internal static class Answer
{
    /// <summary>An answer in JSON.</summary>
    public static JsonHttpResult<T> Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        TypedResults.Json(value, type, statusCode: status);

    /// <summary>Maps a GET.</summary>
    /// <typeparam name="T">The record of the answer.</typeparam>
    public static RouteHandlerBuilder Get<T>(this IEndpointRouteBuilder api, string pattern, ApiRoute route, Delegate handler) =>
        api.MapGet(pattern, handler).Describe(route).Produces<T>();

    /// <summary>Adds the description of a route to its endpoint.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, ApiRoute route) =>
        route.AllProblems.Select(kind => kind.Status).Distinct().Aggregate(
            endpoint.WithMetadata(route).WithName(route.Id).WithSummary(route.Summary).WithTags(route.Tag),
            (each, status) => each.Produces<Problem>(status, ProblemResult.MediaType));
}
