using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Admin;

/// <summary>The endpoints of captured mail.</summary>
internal static class CapturedEndpoints
{
    /// <summary>Most captured messages in an answer.</summary>
    public const int MaxListed = 1000;

    private const int DefaultLimit = 100;

    private static readonly PathParameter Id = new("id", "The id of the message.", "01KB8Z3N7Q0000000000000000");

    private static readonly ApiRoute ListRoute = new("listCaptured", "Lists captured messages")
    {
        Description = "Messages of routes to capture, the newest first.",
        Tag = "Captured",
        Query = [QueryParameter.Limit(MaxListed, DefaultLimit)],
        Problems = [ProblemKind.BadParameter, ProblemKind.StorageUnavailable],
    };

    private static readonly ApiRoute ContentRoute = new("getCaptured", "Gives the content of a captured message")
    {
        Description = "The message, octet for octet as it would be sent.",
        Tag = "Captured",
        Scope = ApiScope.Operate,
        Path = [Id],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownMessage, ProblemKind.StorageUnavailable],
    };

    private static readonly ApiRoute DeleteRoute = new("deleteCaptured", "Deletes a captured message")
    {
        Tag = "Captured",
        Scope = ApiScope.Operate,
        IsChange = true,
        Path = [Id],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownMessage, ProblemKind.StorageUnavailable],
    };

    private static readonly ApiRoute DeleteAllRoute = new("deleteAllCaptured", "Deletes all captured messages")
    {
        Description = "Messages that are captured meanwhile may stay.",
        Tag = "Captured",
        Scope = ApiScope.Operate,
        IsChange = true,
        Problems = [ProblemKind.BadParameter, ProblemKind.StorageUnavailable],
    };

    public static void MapCaptured(this IEndpointRouteBuilder api)
    {
        api.Get<CapturedList>("/captured", ListRoute, ListAsync);
        api.MapGet("/captured/{id}", ContentAsync).Describe(ContentRoute).Produces<string>(200, ContentResult.MediaType);
        api.MapDelete("/captured", DeleteAllAsync).Describe(DeleteAllRoute).Produces<CapturedDeletion>();
        api.MapDelete("/captured/{id}", DeleteAsync).Describe(DeleteRoute).Produces<CapturedDeletion>();
    }

    private static async Task<JsonHttpResult<CapturedList>> ListAsync(HttpContext http, ICaptureStore captured)
    {
        var limit = new QueryReader(http).Number("limit", DefaultLimit);
        var messages = await StorageTime.RunAsync(
            http, token => captured.ListAsync(limit, token));
        return Answer.Json(
            new CapturedList([.. messages.Select(message => new CapturedView(
                message.Id.ToString(), message.Queue.Value, message.CapturedAt, message.ReversePath, message.Recipients, message.Size,
                message.Subject))]),
            ApiJson.Default.CapturedList);
    }

    private static async Task<IResult> ContentAsync(string id, HttpContext http, ICaptureStore captured)
    {
        _ = new QueryReader(http);
        var message = MessageIds.Parse(id);
        var content = await StorageTime.RunAsync(http, token => captured.ReadContentAsync(message, token));
        return new ContentResult(content ?? throw Unknown(id));
    }

    private static async Task<JsonHttpResult<CapturedDeletion>> DeleteAllAsync(HttpContext http, ICaptureStore captured)
    {
        _ = new QueryReader(http);
        return Show(await StorageTime.RunAsync(http, token => captured.DeleteAsync(null, token)));
    }

    private static async Task<JsonHttpResult<CapturedDeletion>> DeleteAsync(string id, HttpContext http, ICaptureStore captured)
    {
        _ = new QueryReader(http);
        var message = MessageIds.Parse(id);
        var deleted = await StorageTime.RunAsync(http, token => captured.DeleteAsync(message, token));
        return deleted > 0 ? Show(deleted) : throw Unknown(id);
    }

    private static JsonHttpResult<CapturedDeletion> Show(int deleted) =>
        Answer.Json(new CapturedDeletion(deleted), ApiJson.Default.CapturedDeletion);

    private static ProblemException Unknown(string id) => new(ProblemKind.UnknownMessage, $"no captured message {id}");
}
