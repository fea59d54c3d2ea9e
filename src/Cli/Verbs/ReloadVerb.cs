using System.CommandLine;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>reload</c>: has nodes read their configuration again.</summary>
internal static class ReloadVerb
{
    private static readonly Column[] Columns =
        [Column.Text("Node", "node"), Column.Text("Changed", "changed"), Column.Text("Restart needed", "restartNeeded")];

    public static Command Create(VerbFrame frame)
    {
        var node = new Option<string?>("--node")
        {
            HelpName = "HOST:PORT",
            Description = "The only node to reload, as status names it; else all nodes of the cluster",
        };
        return frame.Verb("reload", "Read the configuration again, on all nodes or on one.", [node], async (session, token) =>
        {
            var answer = await session.Api.SendAsync(
                HttpMethod.Post, ApiQuery.Path("reload", ("node", session.Parsed.GetValue(node))), null, token);
            if (session.IsJson) session.Write(answer);
            else session.Screen.Table(Columns, answer.Root.List("nodes"));
            if (answer.Root.Get("unanswered").Words() is not { Length: > 0 } unanswered) return ExitCode.Done;
            throw new VerbException(ExitCode.Failed, $"no answer from {unanswered}; these nodes may not have reloaded");
        });
    }
}
