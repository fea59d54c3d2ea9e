using Microsoft.AspNetCore.Http;

namespace Postfleet.Admin.Http;

/// <summary>A kind of problem. The slugs are relied on by clients and never change.</summary>
/// <param name="Slug">The end of the type's URN.</param>
/// <param name="Status">The status code.</param>
/// <param name="Title">The title.</param>
internal sealed record ProblemKind(string Slug, int Status, string Title)
{
    /// <summary>The start of each type.</summary>
    public const string Urn = "urn:postfleet:problem:";

    public static ProblemKind BadParameter { get; } =
        new("bad-parameter", StatusCodes.Status400BadRequest, "A parameter of the request is not allowed");

    public static ProblemKind BadCursor { get; } = new("bad-cursor", StatusCodes.Status400BadRequest, "The cursor is not one of this list");

    public static ProblemKind BadBody { get; } = new("bad-body", StatusCodes.Status400BadRequest, "The body of the request is not allowed");

    public static ProblemKind BadRequest { get; } = new("bad-request", StatusCodes.Status400BadRequest, "The request is not valid HTTP");

    public static ProblemKind Unauthorized { get; } = new("unauthorized", StatusCodes.Status401Unauthorized, "The request needs a token");

    public static ProblemKind Forbidden { get; } = new(
        "forbidden", StatusCodes.Status403Forbidden, "The token lacks the scope of the route");

    public static ProblemKind ForeignHost { get; } = new(
        "foreign-host", StatusCodes.Status421MisdirectedRequest, "The request names another host");

    public static ProblemKind ForeignOrigin { get; } = new(
        "foreign-origin", StatusCodes.Status403Forbidden, "The request comes from a page of another origin");

    public static ProblemKind NotFound { get; } = new("not-found", StatusCodes.Status404NotFound, "There is no such route");

    public static ProblemKind UnknownQueue { get; } = new("unknown-queue", StatusCodes.Status404NotFound, "The queue has no mail");

    public static ProblemKind UnknownDestination { get; } =
        new("unknown-destination", StatusCodes.Status404NotFound, "No mail goes to the destination");

    public static ProblemKind UnknownMessage { get; } = new("unknown-message", StatusCodes.Status404NotFound, "The message is not known");

    public static ProblemKind UnknownAction { get; } =
        new("unknown-action", StatusCodes.Status404NotFound, "The action is not known");

    public static ProblemKind ActionRefused { get; } =
        new("action-refused", StatusCodes.Status422UnprocessableEntity, "The owner of the actions refuses the order");

    public static ProblemKind ActionsUnavailable { get; } =
        new("actions-unavailable", StatusCodes.Status503ServiceUnavailable, "The owner of the actions does not answer");

    public static ProblemKind UnknownSuppression { get; } =
        new("unknown-suppression", StatusCodes.Status404NotFound, "The suppression list has no such entry");

    public static ProblemKind UnknownUser { get; } = new("unknown-user", StatusCodes.Status404NotFound, "The user is not known");

    public static ProblemKind UserChanged { get; } = new(
        "user-changed", StatusCodes.Status412PreconditionFailed, "The condition of the change does not hold, or the user has changed");

    public static ProblemKind UnknownSigningKey { get; } =
        new("unknown-signing-key", StatusCodes.Status404NotFound, "The key is not known");

    public static ProblemKind SigningKeyConflict { get; } = new(
        "signing-key-conflict", StatusCodes.Status409Conflict, "The domain has such a key, the key is retired, or there are too many keys");

    public static ProblemKind UnknownNode { get; } =
        new("unknown-node", StatusCodes.Status404NotFound, "The cluster has no such node");

    public static ProblemKind ReloadRefused { get; } =
        new("reload-refused", StatusCodes.Status422UnprocessableEntity, "The configuration has errors");

    public static ProblemKind MethodNotAllowed { get; } =
        new("method-not-allowed", StatusCodes.Status405MethodNotAllowed, "The route does not have the method");

    public static ProblemKind KeyConflict { get; } = new(
        "idempotency-conflict", StatusCodes.Status422UnprocessableEntity, "The idempotency key was used for another message");

    public static ProblemKind TooLarge { get; } = new(
        "too-large", StatusCodes.Status413PayloadTooLarge, "The body of the request is too large");

    public static ProblemKind ContentType { get; } =
        new("unsupported-content-type", StatusCodes.Status415UnsupportedMediaType, "The body of the request has another content type");

    public static ProblemKind TooManyRequests { get; } =
        new("too-many-requests", StatusCodes.Status429TooManyRequests, "The token has sent too many requests");

    public static ProblemKind TooManyMessages { get; } = new(
        "too-many-messages", StatusCodes.Status503ServiceUnavailable, "The node receives too many messages at a time");

    public static ProblemKind MessageRefused { get; } = new(
        "message-refused", StatusCodes.Status422UnprocessableEntity, "The message or a recipient is refused");

    public static ProblemKind MessageDeferred { get; } = new(
        "message-deferred", StatusCodes.Status503ServiceUnavailable, "The message cannot be checked at present");

    public static ProblemKind NoHistory { get; } = new(
        "no-history", StatusCodes.Status409Conflict, "The history does not keep the events");

    public static ProblemKind TooManyStreams { get; } = new(
        "too-many-streams", StatusCodes.Status503ServiceUnavailable, "The node has too many streams of events");

    public static ProblemKind Internal { get; } =
        new("internal-error", StatusCodes.Status500InternalServerError, "The node failed to answer");

    public static ProblemKind NodeStarting { get; } =
        new("node-starting", StatusCodes.Status503ServiceUnavailable, "The node is starting");

    public static ProblemKind NotComplete { get; } =
        new("not-complete", StatusCodes.Status503ServiceUnavailable, "Not all nodes have answered");

    public static ProblemKind StorageUnavailable { get; } =
        new("storage-unavailable", StatusCodes.Status503ServiceUnavailable, "The storage does not answer");

    /// <summary>The type of the problem.</summary>
    public string Type => Urn + Slug;
}
