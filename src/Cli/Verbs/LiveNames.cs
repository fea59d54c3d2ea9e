using System.CommandLine.Completions;
using System.Text.Json;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>
/// Completes names of the running cluster: keys of queues, destinations, ids of actions and names of users. A shell calls it while a user
/// waits, so the wait is short, and without an answer there are no names.
/// </summary>
internal sealed class LiveNames(VerbFrame frame)
{
    private const int MaxNames = 200;

    /// <summary>Keys of queues, the longest queues first.</summary>
    public IEnumerable<CompletionItem> Queues(CompletionContext context)
    {
        var start = context.WordToComplete;
        var filter = start.Length > 0 && !start.Contains('*', StringComparison.Ordinal) ? $"{start}*" : null;
        return Find(context, ApiQuery.Path("queues", ("queue", filter), ("limit", MaxNames)), "queues", "key");
    }

    /// <summary>Ids of destinations.</summary>
    public IEnumerable<CompletionItem> Destinations(CompletionContext context) =>
        Find(context, ApiQuery.Path("destinations", ("limit", MaxNames)), "destinations", "id");

    /// <summary>Ids of actions, the newest first.</summary>
    public IEnumerable<CompletionItem> Actions(CompletionContext context) =>
        Find(context, ApiQuery.Path("actions", ("limit", MaxNames)), "actions", "id");

    /// <summary>Names of routes, in their order.</summary>
    public IEnumerable<CompletionItem> Routes(CompletionContext context) => Find(context, "routes", "routes", "name");

    /// <summary>Names of users, in their order.</summary>
    public IEnumerable<CompletionItem> Users(CompletionContext context) =>
        Find(context, ApiQuery.Path("users", ("limit", MaxNames)), "users", "name");

    private IReadOnlyList<CompletionItem> Find(CompletionContext context, string path, string list, string member)
    {
        try
        {
            using var api = new ApiClient(frame.Address(context.ParseResult));
            return
            [
                .. api.Get(path, frame.Surroundings.CompletionLimit).List(list).Select(each => each.Get(member).ToString())
                    .Where(name => name.StartsWith(context.WordToComplete, StringComparison.Ordinal) && Clean.Text(name) == name)
                    .Select(name => new CompletionItem(name)),
            ];
        }
        catch (Exception e) when (e is VerbException or HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            // A message would stand between the user's words.
            return [];
        }
    }
}
