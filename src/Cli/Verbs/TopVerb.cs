using System.CommandLine;
using System.Text;
using System.Text.Json;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>
/// The verb <c>top</c>: throughput, queues and destinations of the cluster, drawn anew every two seconds on the whole terminal.
/// <see cref="TopModel"/> decides what is shown.
/// </summary>
internal static class TopVerb
{
    private const string ListHelp = "q quit  tab queues/destinations  s sort  r reverse  arrows select  enter open";
    private const string DetailHelp = "q quit  esc back  arrows scroll";
    private const string Enter = "\u001b[?1049h\u001b[?25l";
    private const string Leave = "\u001b[?25h\u001b[?1049l";
    private const string Home = "\u001b[H";
    private const string EndOfLine = "\u001b[K";
    private const string EndOfScreen = "\u001b[J";

    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeyPause = TimeSpan.FromMilliseconds(100);

    private static readonly TopView[] Views =
    [
        // The longest queues first.
        new("queues?limit=500", "queues", "key", QueueVerbs.Queues, 1),
        new("destinations?limit=500", "destinations", "id", QueueVerbs.Destinations, TopView.ByTrouble) { Trouble = Trouble },
    ];

    public static Command Create(VerbFrame frame) =>
        frame.Verb(
            "top", "Watch throughput, queues and destinations of the cluster. Keys: arrows, enter, esc, tab, s, r, q.", [], RunAsync);

    // Destinations that cannot be reached come first, then those with most mail waiting.
    private static double Trouble(JsonElement row, DateTimeOffset now) =>
        (row.Time("downUntil") > now ? 1e12 : 0) + row.Number("waiting") + row.Number("running");

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        if (!session.Surroundings.IsTerminal || session.IsJson)
            throw new VerbException(ExitCode.WrongUse, "top needs a terminal; in a pipe: postfleet queues");
        var model = new TopModel(Views);
        // A failure of the first request ends the verb with its exit code; later failures are shown.
        var answers = await AskAsync(session, model, new Answers([], null, ""), cancellationToken);
        await session.Surroundings.Output.WriteAsync(Enter);
        try
        {
            await WatchAsync(session, model, answers, cancellationToken);
            return ExitCode.Done;
        }
        finally
        {
            await session.Surroundings.Output.WriteAsync(Leave);
        }
    }

    private static async Task WatchAsync(Session session, TopModel model, Answers answers, CancellationToken cancellationToken)
    {
        var time = session.Surroundings.Time;
        var asked = time.GetTimestamp();
        while (true)
        {
            Draw(session, model, answers);
            do
            {
                var (before, rows) = (model.Open, Rows(session, model, answers));
                if (session.Surroundings.ReadKey() is { } key)
                {
                    model = model.Press(key, rows);
                    if (model.IsOver) return;
                    Draw(session, model, answers);
                    // The detail is asked for at once.
                    if (model.Open is not null && model.Open != before) break;
                }

                await Task.Delay(KeyPause, time, cancellationToken);
            }
            while (time.GetElapsedTime(asked) < Refresh);

            try
            {
                answers = await AskAsync(session, model, answers, cancellationToken);
            }
            catch (VerbException e)
            {
                answers = answers with { Problem = Clean.Text(e.Message) };
            }

            asked = time.GetTimestamp();
        }
    }

    private static async Task<Answers> AskAsync(Session session, TopModel model, Answers last, CancellationToken cancellationToken)
    {
        var lists = Task.WhenAll(model.Views.Select(view => session.Api.GetAsync(view.Path, cancellationToken)));
        JsonElement? detail = null;
        var problem = "";
        if (model.Open is { } open)
        {
            try
            {
                detail = (await session.Api.GetAsync($"{model.View.List}/{ApiQuery.Escape(open)}", cancellationToken)).Root;
            }
            catch (VerbException e)
            {
                // The entry may have just gone: its last state stays on the page.
                (detail, problem) = (KeyOf(model.View, last.Detail) == open ? last.Detail : null, Clean.Text(e.Message));
            }
        }

        return new Answers([.. (await lists).Select(answer => answer.Root)], detail, problem);
    }

    private static string? KeyOf(TopView view, JsonElement? detail) => detail is { } known ? known.Get(view.Key).Words() : null;

    private static IReadOnlyList<JsonElement> Rows(Session session, TopModel model, Answers answers) => model.View.Sorted(
        ListOf(model, answers).List(model.View.List), model.Sort, model.IsReversed, session.Surroundings.Time.GetUtcNow());

    private static JsonElement ListOf(TopModel model, Answers answers) => answers.Lists[Array.IndexOf(Views, model.View)];

    private static void Draw(Session session, TopModel model, Answers answers)
    {
        var now = session.Surroundings.Time.GetUtcNow();
        var unanswered = ListOf(model, answers).Get("unanswered").Words();
        var title = model.Open is { } open ? $"{Clean.Text(open)}  {DetailHelp}"
            : $"{model.View.List} by {model.View.NameOf(model.Sort)}{(model.IsReversed ? ", reversed" : "")}  {ListHelp}";
        string[] head =
        [
            $"{Ages.Utc(now)}  {title}",
            QueueVerbs.Totals(answers.Lists[0]),
            QueueVerbs.Throughput(answers.Lists[0]),
            answers.Problem.Length > 0 ? answers.Problem : unanswered.Length > 0 ? $"no answer from {unanswered}" : "",
        ];
        var size = session.Surroundings.Size();
        var lines = model.Open is not null
            ? answers.Detail is { } detail && KeyOf(model.View, detail) == model.Open
                ? TopPage.Detail(head, detail, model.Scroll, now, size)
                : TopPage.Detail(head, JsonDocument.Parse("{}").RootElement, 0, now, size)
            : TopPage.List(head, model, Rows(session, model, answers), now, size);
        var text = new StringBuilder(Home);
        text.AppendJoin("\n", lines.Select(line => line + EndOfLine)).Append(EndOfScreen);
        session.Surroundings.Output.Write(text.ToString());
    }

    private sealed record Answers(IReadOnlyList<JsonElement> Lists, JsonElement? Detail, string Problem);
}
