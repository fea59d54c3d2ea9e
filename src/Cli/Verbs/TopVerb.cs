using System.CommandLine;
using System.Text;
using System.Text.Json;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>top</c>: queues or destinations of the cluster, drawn anew every two seconds on the whole terminal.</summary>
internal static class TopVerb
{
    private const string Help = "q quit   tab queues/destinations   s sort";
    private const string Enter = "\u001b[?1049h\u001b[?25l";
    private const string Leave = "\u001b[?25h\u001b[?1049l";
    private const string Home = "\u001b[H";
    private const string EndOfLine = "\u001b[K";
    private const string EndOfScreen = "\u001b[J";

    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeyPause = TimeSpan.FromMilliseconds(100);

    private static readonly (string Path, string List, Column[] Columns)[] Views =
        [("queues?limit=500", "queues", QueueVerbs.Queues), ("destinations?limit=500", "destinations", QueueVerbs.Destinations)];

    public static Command Create(VerbFrame frame) =>
        frame.Verb("top", "Watch the queues and destinations of the cluster. Keys: tab, s, q.", [], RunAsync);

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        if (!session.Surroundings.IsTerminal || session.IsJson)
            throw new VerbException(ExitCode.WrongUse, "top needs a terminal; in a pipe: postfleet queues");
        // A failure of the first request ends the verb with its exit code; later failures are shown.
        JsonElement[] answers = await AskAsync(session, cancellationToken);
        await session.Surroundings.Output.WriteAsync(Enter);
        try
        {
            await WatchAsync(session, answers, cancellationToken);
            return ExitCode.Done;
        }
        finally
        {
            await session.Surroundings.Output.WriteAsync(Leave);
        }
    }

    private static async Task WatchAsync(Session session, JsonElement[] answers, CancellationToken cancellationToken)
    {
        var time = session.Surroundings.Time;
        var (view, sorts, problem, asked) = (0, new[] { 1, 1 }, "", time.GetTimestamp());
        while (true)
        {
            Draw(session, view, sorts[view], answers, problem);
            do
            {
                if (session.Surroundings.ReadKey() is { } key)
                {
                    if (IsEnd(key)) return;
                    if (key.Key == ConsoleKey.Tab) view = 1 - view;
                    if (key.Key == ConsoleKey.S) sorts[view] = (sorts[view] + 1) % Views[view].Columns.Length;
                    Draw(session, view, sorts[view], answers, problem);
                }

                await Task.Delay(KeyPause, time, cancellationToken);
            }
            while (time.GetElapsedTime(asked) < Refresh);

            try
            {
                (answers, problem) = (await AskAsync(session, cancellationToken), "");
            }
            catch (VerbException e)
            {
                problem = Clean.Text(e.Message);
            }

            asked = time.GetTimestamp();
        }
    }

    private static bool IsEnd(ConsoleKeyInfo key) => key.Key is ConsoleKey.Q or ConsoleKey.Escape
        || (key.Key == ConsoleKey.C && key.Modifiers.HasFlag(ConsoleModifiers.Control));

    private static async Task<JsonElement[]> AskAsync(Session session, CancellationToken cancellationToken) =>
        [.. (await Task.WhenAll(Views.Select(view => session.Api.GetAsync(view.Path, cancellationToken)))).Select(answer => answer.Root)];

    private static void Draw(Session session, int view, int sort, JsonElement[] answers, string problem)
    {
        var now = session.Surroundings.Time.GetUtcNow();
        var unanswered = answers[view].Get("unanswered").Words();
        string[] head =
        [
            $"{Ages.Utc(now)}  {Views[view].List}  {Help}",
            QueueVerbs.Totals(answers[0]),
            problem.Length > 0 ? problem : unanswered.Length > 0 ? $"no answer from {unanswered}" : "",
        ];
        var text = new StringBuilder(Home);
        var lines = TopPage.Draw(head, Views[view].Columns, answers[view].List(Views[view].List), sort, now, session.Surroundings.Size());
        text.AppendJoin("\n", lines.Select(line => line + EndOfLine)).Append(EndOfScreen);
        session.Surroundings.Output.Write(text.ToString());
    }
}
