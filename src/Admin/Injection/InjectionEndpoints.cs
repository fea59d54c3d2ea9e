using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Tracing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Injection;

/// <summary>The endpoint that accepts messages. Requests call it on their threads.</summary>
internal static class InjectionEndpoints
{
    private static readonly ApiRoute Route = new("sendMessage", "Sends a message")
    {
        Description = "The message is given raw, or as headers, text, html and attachments. It takes the same path as a message by SMTP, " +
            "and is durable with status 202. While queues are behind with earlier mail, the request waits for a second at most.",
        Tag = "Messages",
        Scope = ApiScope.Inject,
        Accepts = JsonBody.MediaType,
        Problems = [ProblemKind.BadBody, ProblemKind.TooLarge, ProblemKind.ContentType, ProblemKind.TooManyMessages,
            ProblemKind.StorageUnavailable],
    };

    public static void MapInjection(this IEndpointRouteBuilder api) =>
        api.MapPost("/messages", SendAsync).Describe(Route).Accepts<InjectionRequest>(JsonBody.MediaType)
            .Produces<InjectionAnswer>(StatusCodes.Status202Accepted);

    private static async Task<JsonHttpResult<InjectionAnswer>> SendAsync(
        HttpContext http, ISubmission submissions, AdminSettings settings, InjectionMemory memory, TimeProvider time,
        ILoggerFactory loggers)
    {
        _ = new QueryReader(http);
        var began = time.GetTimestamp();
        using var share = memory.Take(http);
        await submissions.WaitForCapacityAsync(http.RequestAborted);
        var request = await JsonBody.ReadAsync(http, ApiJson.Default.InjectionRequest);
        var client = http.Connection.RemoteIpAddress?.ToString() ?? "";
        var token = GateMiddleware.Author(http);
        var submission = new InjectionReader(settings, time).Read(request, client, token);
        switch (await submissions.SubmitAsync(submission, http.RequestAborted))
        {
            case StoreResult.InsufficientStorage:
                throw new ProblemException(ProblemKind.StorageUnavailable, "the storage has no space; try again later");
            case StoreResult.Unavailable:
                throw new ProblemException(ProblemKind.StorageUnavailable, "the storage does not answer; try again later");
        }

        var elapsed = time.GetElapsedTime(began);
        MessageTrace.Report(
            "accept", ActivityKind.Server, submission.Id, time.GetWallTime(), elapsed, ("postfleet.listener", InjectionReader.Listener));
        AdminLog.Injected(
            loggers.CreateLogger("Admin"), submission.Id, submission.Envelope.ReversePath?.Address ?? "<>", token, client,
            submission.Content.Length, submission.Recipients.Count, elapsed.TotalMilliseconds);
        return Answer.Json(
            new InjectionAnswer(submission.Id.ToString()), ApiJson.Default.InjectionAnswer, StatusCodes.Status202Accepted);
    }
}
