using System.Text.Json;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>Waits for the end of an ordered action, and shows how far it is.</summary>
internal static class ActionProgress
{
    private const string Running = "running";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits until the action is done or in force.</summary>
    /// <returns>0, or 1 if the action was cancelled or expired.</returns>
    public static async Task<int> FollowAsync(Session session, ApiAnswer answer, bool isWaiting, CancellationToken cancellationToken)
    {
        var id = answer.Root.Get("id").Words();
        var path = $"actions/{ApiQuery.Escape(id)}";
        var isShown = session.Surroundings is { IsTerminal: true, CanAsk: true } && !session.IsJson;
        var hasState = isWaiting && id.Length > 0;
        if (hasState) answer = await session.Api.GetAsync(path, cancellationToken);
        while (hasState && Is(answer, Running))
        {
            if (isShown)
                await session.Surroundings.Error.WriteAsync($"\raction {id} {Running}: {Extent(answer)} (Ctrl-C ends the wait only) ");
            await Task.Delay(Pause, session.Surroundings.Time, cancellationToken);
            answer = await session.Api.GetAsync(path, cancellationToken);
        }

        if (isShown) await session.Surroundings.Error.WriteAsync("\r\u001b[K");
        if (session.IsJson) session.Write(answer);
        else session.Screen.Line(hasState ? Outcome(id, answer) : $"action {id} ordered");
        return Is(answer, "cancelled") || Is(answer, "expired") ? ExitCode.Failed : ExitCode.Done;
    }

    private static string Outcome(string id, ApiAnswer answer) => Is(answer, "standing")
        ? $"action {id} is in force; it ends with: postfleet actions cancel {id}"
        : $"action {id} {answer.Root.Get("state").Words()}: {Extent(answer)}";

    // Messages that cannot go yet are named with the verb that lets them go.
    private static string Extent(ApiAnswer answer)
    {
        var action = answer.Root;
        if (string.Equals(action.Get("kind").Words(), "resume", StringComparison.Ordinal))
            return $"{Counted.Text(action.Number("resumed"), "suspension")} ended";
        var (suspended, held) = (action.Number("suspended"), action.Number("held"));
        return (action.Get("isExact").ValueKind == JsonValueKind.False ? "at least " : "") +
            $"{Counted.Text(action.Number("messages"), "message")} in {Counted.Text(action.Number("queues"), "queue")}" +
            (suspended > 0 ? $"; {suspended} of them wait in suspended queues (postfleet resume)" : "") +
            (held > 0 ? $"; {held} more on hold, not tried (postfleet release)" : "");
    }

    private static bool Is(ApiAnswer answer, string state) =>
        string.Equals(answer.Root.Get("state").Words(), state, StringComparison.OrdinalIgnoreCase);
}
