using System.CommandLine;
using System.Text.Json;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>status</c>: the members of the cluster and the mail in it.</summary>
internal static class StatusVerb
{
    private static readonly Column[] Members =
    [
        Column.Text("Node", "node"), Column.Text("Status", "status"), new("Reachable", (row, _) => row.Get("isReachable").Words()),
        Column.Text("Roles", "roles"), Column.Text("Version", "version"), Column.Number("Age", "age"),
        Region("Queues", "domain-queue"), Region("Destinations", "destination"),
    ];

    private static readonly Column[] Singletons =
        [Column.Text("Singleton", "name"), Column.Text("Role", "role"), Column.Text("Node", "node")];

    public static Command Create(VerbFrame frame) =>
        frame.Verb("status", "Show the members of the cluster and the mail in it.", [], RunAsync);

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        JsonElement queues = default;
        if (!session.IsJson) queues = (await session.Api.GetAsync("queues?limit=1", cancellationToken)).Root;
        return await session.ShowAsync(
            "cluster",
            answer =>
            {
                var root = answer.Root;
                var members = root.List("members");
                session.Screen.Line(
                    $"cluster of {Counted.Text(members.Count, "node")}, " +
                    $"{(root.Get("isConverged").ValueKind == JsonValueKind.True ? "all up and reachable" : "not all up and reachable")}; " +
                    $"leader {root.Get("leader").Words()}; asked {root.Get("self").Words()}");
                session.Screen.Line(QueueVerbs.Totals(queues));
                session.Screen.Line("");
                session.Screen.Table(Members, members);
                session.Screen.Line("");
                session.Screen.Table(Singletons, root.List("singletons"));
                session.Complete(answer);
            },
            cancellationToken);
    }

    private static Column Region(string header, string region) =>
        new(header, (row, _) => row.Get("regions").Get(region).Get("entities").Words(), IsNumber: true);
}
