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
using Postfleet.Contracts.Receiving;
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
            "and is durable with status 202. While queues are behind with earlier mail, the request waits for a second at most. " +
            "A request whose answer was lost can be repeated with an idempotencyKey: the message is sent once. " +
            "A message with sendAt waits in its queue until then. priority and deliverBy are those of MT-PRIORITY and DELIVERBY by SMTP.",
        Tag = "Messages",
        Scope = ApiScope.Inject,
        Accepts = JsonBody.MediaType,
        Problems = [ProblemKind.BadBody, ProblemKind.KeyConflict, ProblemKind.MessageRefused, ProblemKind.MessageDeferred,
            ProblemKind.TooLarge, ProblemKind.ContentType, ProblemKind.TooManyMessages, ProblemKind.StorageUnavailable],
    };

    public static void MapInjection(this IEndpointRouteBuilder api)
    {
        AcceptanceMetrics.Begin(InjectionReader.Listener);
        api.MapPost("/messages", SendAsync).Describe(Route).Accepts<InjectionRequest>(JsonBody.MediaType)
            .Produces<InjectionAnswer>(StatusCodes.Status202Accepted);
    }

    private static async Task<JsonHttpResult<InjectionAnswer>> SendAsync(
        HttpContext http, ISubmission submissions, AdminSettings settings, InjectionMemory memory, InjectionChecks checks,
        TimeProvider time, ILoggerFactory loggers)
    {
        _ = new QueryReader(http);
        var began = time.GetTimestamp();
        using var share = memory.Take(http);
        await submissions.WaitForCapacityAsync(http.RequestAborted);
        var (request, hash) = await JsonBody.ReadHashedAsync(http, ApiJson.Default.InjectionRequest);
        var client = http.Connection.RemoteIpAddress?.ToString() ?? "";
        var token = GateMiddleware.Author(http);
        var received = time.GetTimestamp();
        var read = new InjectionReader(settings, time).Read(request, hash, client, token);
        // Discarded mail is answered like accepted mail.
        if (await checks.RunAsync(read, http) is not { } submission) return Accepted(read.Id, read);
        if (submission.Envelope.DeliverBy is { } by)
        {
            // The time counts from the request on, and in storage from the acceptance.
            var envelope = submission.Envelope with { DeliverBy = by.After(time.GetElapsedTime(received)) };
            submission = submission with { Envelope = envelope };
        }

        var logger = loggers.CreateLogger("Admin");
        var result = await StorageTime.RunAsync(http, token => submissions.SubmitAsync(submission, token));
        switch (result.Status)
        {
            case StoreStatus.InsufficientStorage:
                throw new ProblemException(ProblemKind.StorageUnavailable, "the storage has no space; try again later");
            case StoreStatus.Unavailable:
                throw new ProblemException(ProblemKind.StorageUnavailable, "the storage does not answer; try again later");
            case StoreStatus.SigningKeyMissing:
                throw new ProblemException(
                    ProblemKind.MessageDeferred, "the message must be signed, and the key is missing or cannot be used; try again later");
            case StoreStatus.Unsignable:
                throw new ProblemException(
                    ProblemKind.MessageRefused, "the message must be signed, which needs one From field with a readable address");
            case StoreStatus.KeyConflict:
                throw new ProblemException(
                    ProblemKind.KeyConflict,
                    $"idempotencyKey '{submission.Key!.Key}' was used within 24 hours with another body; " +
                    "allowed: the same body, or a new key");
            case StoreStatus.StoredBefore:
                AdminLog.Repeated(logger, result.EarlierId, token, client);
                return Accepted(result.EarlierId, submission);
        }

        var elapsed = time.GetElapsedTime(began);
        MessageTrace.Report(
            "accept", ActivityKind.Server, submission.Id, time.GetWallTime(), elapsed, ("postfleet.listener", InjectionReader.Listener));
        AcceptanceMetrics.Accepted(
            InjectionReader.Listener, submission.Recipients.Count, submission.Content.Length, time.GetElapsedTime(received));
        InjectionLog.Accepted(logger, submission, request.Priority is not null, token, client, elapsed);
        return Accepted(submission.Id, submission);
    }

    private static JsonHttpResult<InjectionAnswer> Accepted(MessageId id, Submission submission) =>
        Answer.Json(
            new InjectionAnswer(id.ToString(), submission.Envelope.Priority), ApiJson.Default.InjectionAnswer,
            StatusCodes.Status202Accepted);
}
