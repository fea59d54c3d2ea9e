using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>The endpoint of the named routes, to which actions move queues. Requests call it on their threads.</summary>
internal static class RouteEndpoints
{
    private static readonly ApiRoute ListRoute = new("listRoutes", "Lists the named routes")
    {
        Description = "The names of the configured routes, of the node that answers. An action moves queues to a route by its name.",
        Tag = "Queues",
        Problems = [ProblemKind.BadParameter],
    };

    public static void MapRoutes(this IEndpointRouteBuilder api) => api.Get<RouteList>("/routes", ListRoute, List);

    private static JsonHttpResult<RouteList> List(HttpContext http, IRouteNames routes)
    {
        _ = new QueryReader(http);
        return Answer.Json(
            new RouteList([.. routes.Names.Order(StringComparer.Ordinal).Select(name => new RouteView(name))]), ApiJson.Default.RouteList);
    }
}
