using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Options;

namespace Postfleet.Admin;

/// <summary>The endpoint that has nodes read their configuration again.</summary>
internal static class ReloadEndpoints
{
    private static readonly ApiRoute Route = new("reload", "Has all nodes, or one, read their configuration again")
    {
        Description = "Each node reads its own file and the files named there, and applies all reloadable changes or, when anything is " +
            "wrong, none. If a node refuses, the problem lists the errors in the member errors, and all nodes in the member nodes.",
        Scope = ApiScope.Operate,
        IsChange = true,
        Query = [new("node", "The only node to reload, as in the list of members.", "postfleet-0.postfleet:4053")],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownNode, ProblemKind.ReloadRefused, ProblemKind.NodeStarting],
    };

    public static void MapReload(this IEndpointRouteBuilder api) =>
        api.MapPost("/reload", ReloadAsync).Describe(Route).Produces<ReloadView>();

    private static async Task<IResult> ReloadAsync(HttpContext http, ClusterStatistics cluster)
    {
        var node = new QueryReader(http).Text("node");
        var system = cluster.Joined;
        var ask = new ReloadNode($"token {GateMiddleware.Author(http)}");
        var (answers, unanswered) = await ClusterStatistics.AskAsync<NodeReloaded>(
            system, ReloadActor.Path, ask, node, ClusterStatistics.Limit, http.RequestAborted);
        if (answers.Count + unanswered.Count == 0)
            throw new ProblemException(ProblemKind.UnknownNode, $"the cluster has no node '{node}'; the nodes are in /api/v1/cluster");
        NodeReloadView[] nodes =
            [.. answers.Select(each => new NodeReloadView(each.Name, each.Answer.Changed, each.Answer.RestartNeeded, each.Answer.Errors))];
        string[] errors = [.. nodes.SelectMany(each => each.Errors.Select(error => $"{each.Node}: {error}"))];
        var isComplete = unanswered.Count == 0;
        if (errors.Length == 0) return Answer.Json(new ReloadView(nodes, isComplete, unanswered), ApiJson.Default.ReloadView);
        var kind = ProblemKind.ReloadRefused;
        return TypedResults.Json(
            new ReloadProblem(kind.Type, kind.Title, kind.Status, errors[0], errors, nodes, isComplete, unanswered),
            ApiJson.Default.ReloadProblem, ProblemResult.MediaType, kind.Status);
    }
}
