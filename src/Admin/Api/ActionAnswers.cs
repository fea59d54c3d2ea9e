namespace Postfleet.Admin.Api;

/// <summary>An order for an action.</summary>
/// <param name="Kind">suspend, resume, retry, bounce, delete, hold, release or move.</param>
/// <param name="Selector">Which queues or messages it concerns.</param>
/// <param name="Reason">Why, at most 200 characters; bounces show it to the sender.</param>
/// <param name="Expires">
/// For a suspension and a move to a route its end, for other kinds when it is given up: a duration as 4h, or a time as
/// 2026-11-29T18:00:00Z.
/// </param>
/// <param name="ToStream">Of a move, if toRoute is missing: the stream in whose queues the messages continue.</param>
/// <param name="ToRoute">Of a move, if toStream is missing: the name of the route that the queues use while the action stands.</param>
/// <param name="DryRun">Whether queues and messages are only counted and nothing is ordered.</param>
public sealed record ActionRequest(
    string Kind, SelectorView Selector, string Reason = "", string? Expires = null, string? ToStream = null, string? ToRoute = null,
    bool DryRun = false);

/// <summary>The condition for the queues or messages of an action: all given properties must match, and at least one is given.</summary>
/// <param name="Queue">A queue key, in which * stands for any text.</param>
/// <param name="Domain">A domain, or *.example.org for its subdomains.</param>
/// <param name="Stream">A stream.</param>
/// <param name="Site">The id of a destination, in which * stands for any text.</param>
/// <param name="Sender">A reverse-path, @example.org for all of a domain, or &lt;&gt; for the null reverse-path.</param>
/// <param name="Message">The id of a message.</param>
/// <param name="User">An authenticated user.</param>
public sealed record SelectorView(
    string? Queue = null,
    string? Domain = null,
    string? Stream = null,
    string? Site = null,
    string? Sender = null,
    string? Message = null,
    string? User = null);

/// <summary>An action and how far it is.</summary>
/// <param name="Id">The id.</param>
/// <param name="Kind">suspend, resume, retry, bounce, delete, hold, release or move.</param>
/// <param name="Selector">Which queues or messages it concerns.</param>
/// <param name="Reason">Why it was ordered; may be empty.</param>
/// <param name="Author">The name of the token of the request.</param>
/// <param name="OrderedAt">When it was ordered.</param>
/// <param name="Expires">When it ends by itself; null for never.</param>
/// <param name="State">standing, running, done, cancelled or expired.</param>
/// <param name="EndedAt">When it ended; null while it stands or runs.</param>
/// <param name="Queues">In how many queues it was carried out.</param>
/// <param name="Messages">To how many messages it was applied.</param>
/// <param name="Held">Of a retry: how many further messages were left alone, since they are on hold.</param>
/// <param name="Suspended">
/// Of a retry or a release: how many of the messages wait all the same, since their queue is suspended.
/// </param>
/// <param name="Resumed">Of a resume: how many suspensions it has ended.</param>
/// <param name="IsExact">
/// Whether the counts are exact. They are lower bounds if the node that counts has changed while the action was carried out.
/// </param>
/// <param name="ToStream">Of a move to a stream: the stream. Null for other actions.</param>
/// <param name="ToRoute">Of a move to a route: the name of the route. Null for other actions.</param>
public sealed record ActionDetail(
    string Id,
    string Kind,
    SelectorView Selector,
    string Reason,
    string Author,
    DateTimeOffset OrderedAt,
    DateTimeOffset? Expires,
    string State,
    DateTimeOffset? EndedAt,
    int Queues,
    long Messages,
    long Held = 0,
    long Suspended = 0,
    int Resumed = 0,
    bool IsExact = true,
    string? ToStream = null,
    string? ToRoute = null);

/// <summary>The numbers of queues and messages matched by an action now.</summary>
/// <param name="Queues">The number of queues.</param>
/// <param name="Messages">The number of messages.</param>
/// <param name="IsComplete">Whether everything was counted; otherwise there may be more.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port.</param>
/// <param name="InFlight">
/// How many of the messages are in an attempt: the attempt ends first, and the action does not concern a message that is delivered. Null
/// where it is not counted, with a sender, message or user.
/// </param>
/// <param name="Suspensions">Of a resume: how many suspensions it would end. Null for other kinds.</param>
public sealed record ActionCount(
    int Queues, long Messages, bool IsComplete, IReadOnlyList<string> Unanswered, long? InFlight = null, int? Suspensions = null);

/// <summary>A page of the actions, the newest first.</summary>
/// <param name="Actions">The actions of the page.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether the list is complete: always, since the owner of all actions answers or the request fails.</param>
/// <param name="Unanswered">No node.</param>
public sealed record ActionList(IReadOnlyList<ActionDetail> Actions, string? Cursor, bool IsComplete, IReadOnlyList<string> Unanswered);
