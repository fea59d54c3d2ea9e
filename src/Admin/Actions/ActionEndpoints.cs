using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Options;
using Postfleet.Contracts;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;

namespace Postfleet.Admin.Actions;

/// <summary>The endpoints of operators' actions.</summary>
internal static class ActionEndpoints
{
    private const int MaxListed = 1000;

    private const int DefaultLimit = 100;

    private static readonly PathParameter Id = new("id", "The id of the action.", "17");

    private static readonly ApiRoute ListRoute = new("listActions", "Lists actions")
    {
        Description = "The actions of operators, also ended ones, the newest first.",
        Tag = "Actions",
        Query = [QueryParameter.Limit(MaxListed, DefaultLimit), QueryParameter.Cursor],
        Problems = [ProblemKind.BadParameter, ProblemKind.BadCursor, ProblemKind.ActionsUnavailable],
    };

    private static readonly ApiRoute OrderRoute = new("orderAction", "Orders an action, or counts what it would concern")
    {
        Description = "A suspension stands until it expires or is cancelled, also for queues that come later; so does a move with " +
            "toRoute, during which the queues use the named route, and the newest of several moves counts. All other actions, also a " +
            "move with toStream, concern the messages accepted before the order, and are carried out in the background. The order is " +
            "durable with status 202. With dryRun, queues and messages are counted and the answer has status 200.",
        Tag = "Actions",
        Scope = ApiScope.Operate,
        IsChange = true,
        Accepts = JsonBody.MediaType,
        Problems = [ProblemKind.BadBody, ProblemKind.TooLarge, ProblemKind.ContentType, ProblemKind.ActionRefused,
            ProblemKind.ActionsUnavailable, ProblemKind.NodeStarting],
    };

    private static readonly ApiRoute GetRoute = new("getAction", "Shows an action and how far it is")
    {
        Tag = "Actions",
        Path = [Id],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownAction, ProblemKind.ActionsUnavailable],
    };

    private static readonly ApiRoute CancelRoute = new("cancelAction", "Cancels an action")
    {
        Description =
            "A suspension is lifted, queues of a move to a route use their own routes again, and what is not done of another action is " +
            "not done any more. An ended action stays as it is.",
        Tag = "Actions",
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Id],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownAction, ProblemKind.ActionsUnavailable],
    };

    public static void MapActions(this IEndpointRouteBuilder api)
    {
        api.Get<ActionList>("/actions", ListRoute, ListAsync);
        api.MapPost("/actions", OrderAsync).Describe(OrderRoute).Accepts<ActionRequest>(JsonBody.MediaType)
            .Produces<ActionDetail>(StatusCodes.Status202Accepted).Produces<ActionCount>();
        api.Get<ActionDetail>("/actions/{id}", GetRoute, GetAsync);
        api.MapDelete("/actions/{id}", CancelAsync).Describe(CancelRoute).Produces<ActionDetail>();
    }

    private static async Task<JsonHttpResult<ActionList>> ListAsync(HttpContext http, IActions actions)
    {
        var query = new QueryReader(http);
        var limit = query.Number("limit", DefaultLimit);
        var before = ListCursor.Read(query, place => place is { Number: > 0, Name: "" })?.Number;
        var page = await AskAsync(http, () => actions.ListAsync(before, limit, http.RequestAborted));
        var cursor = page.Count == limit && page[^1].Number > 1 ? ListCursor.Write(page[^1].Number, "") : null;
        return Answer.Json(new ActionList([.. page.Select(ActionOrders.View)], cursor, true, []), ApiJson.Default.ActionList);
    }

    private static async Task<IResult> OrderAsync(
        HttpContext http, IActions actions, ActionCounter counter, IRouteNames routes, TimeProvider time)
    {
        _ = new QueryReader(http);
        var request = await JsonBody.ReadAsync(http, ApiJson.Default.ActionRequest);
        var order = ActionOrders.Read(request, GateMiddleware.Author(http), time.GetUtcNow());
        ActionOrders.CheckRoute(order, routes.Names);
        if (request.DryRun)
        {
            var count = await counter.CountAsync(order.Selector, http.RequestAborted);
            if (order.Kind == ActionKind.Resume)
                count = count with { Suspensions = await CountSuspensionsAsync(http, actions, order.Selector) };
            return Answer.Json(count, ApiJson.Default.ActionCount);
        }

        var action = ActionOrders.View(await AskAsync(http, () => actions.OrderAsync(order, http.RequestAborted), isOrder: true));
        http.Response.Headers.Location = $"/api/v1/actions/{action.Id}";
        return Answer.Json(action, ApiJson.Default.ActionDetail, StatusCodes.Status202Accepted);
    }

    private static async Task<int> CountSuspensionsAsync(HttpContext http, IActions actions, ActionSelector selector)
    {
        var all = await AskAsync(http, () => actions.ListAsync(null, int.MaxValue, http.RequestAborted));
        return all.Count(action => action.State == ActionState.Standing && action.Order.Kind == ActionKind.Suspend
            && selector.Covers(action.Order.Selector));
    }

    private static async Task<JsonHttpResult<ActionDetail>> GetAsync(string id, HttpContext http, IActions actions)
    {
        _ = new QueryReader(http);
        var number = Parse(id);
        return Show(id, await AskAsync(http, () => actions.FindAsync(number, http.RequestAborted)));
    }

    private static async Task<JsonHttpResult<ActionDetail>> CancelAsync(string id, HttpContext http, IActions actions)
    {
        _ = new QueryReader(http);
        var number = Parse(id);
        return Show(id, await AskAsync(http, () => actions.CancelAsync(number, http.RequestAborted), isOrder: true));
    }

    private static JsonHttpResult<ActionDetail> Show(string id, ActionView? action) => action is null
        ? throw new ProblemException(ProblemKind.UnknownAction, $"no action {id} was ordered")
        : Answer.Json(ActionOrders.View(action), ApiJson.Default.ActionDetail);

    private static int Parse(string id) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw QueryReader.Wrong("id", id, "a number");

    private static async Task<T> AskAsync<T>(HttpContext http, Func<Task<T>> ask, bool isOrder = false)
    {
        try
        {
            return await ask();
        }
        catch (TimeoutException e)
        {
            throw new ProblemException(
                ProblemKind.ActionsUnavailable,
                $"{e.Message}; {Owner(http)}; " + (isOrder
                    ? "the order may have been taken nevertheless: list the actions before a repetition" : "try again later"));
        }
        catch (InvalidOperationException e)
        {
            throw new ProblemException(ProblemKind.ActionRefused, e.Message);
        }
    }

    private static string Owner(HttpContext http) =>
        http.RequestServices.GetRequiredService<IClusterReports>().FindOldest(NodeRoles.Queue) is { } node
            ? $"its node is {node}" : "no queue node is up";
}
