using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Postfleet.Admin.Api;

namespace Postfleet.Admin.Http;

/// <summary>
/// Answers requests that the server refuses before they reach the routes with a problem: a path with NUL, a malformed or very long line, a
/// malformed header. The server reports them by a diagnostic event on the thread of the connection, before its empty answer, which cannot
/// get a body; <see cref="RefusalWriter"/> replaces it.
/// </summary>
internal sealed class RefusedRequests : IObserver<KeyValuePair<string, object?>>
{
    private const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Whether a diagnostic event is one of a refused request.</summary>
    public static bool IsRefusal(string name) => name == Event;

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is not { Key: Event, Value: IFeatureCollection features }
            || features.Get<IHttpResponseFeature>() is not { HasStarted: false } response
            || features.Get<RefusalWriter>() is not { } output) return;
        var status = response.StatusCode;
        var kind = status == StatusCodes.Status413PayloadTooLarge ? ProblemKind.TooLarge : ProblemKind.BadRequest;
        var detail = features.Get<IBadRequestExceptionFeature>()?.Error?.Message ?? "the request is malformed";
        var body = JsonSerializer.SerializeToUtf8Bytes(new Problem(kind.Type, kind.Title, status, detail), ApiJson.Default.Problem);
        var head = $"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\nContent-Type: {ProblemResult.MediaType}\r\n" +
            $"Content-Length: {body.Length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
        output.Replace([.. Encoding.ASCII.GetBytes(head), .. body]);
    }

    public void OnCompleted()
    {
        // The server has stopped.
    }

    public void OnError(Exception error)
    {
        // The source of the events reports none.
    }
}
