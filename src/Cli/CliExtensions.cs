using System.CommandLine;
using Postfleet.Cli.Common;
using Postfleet.Cli.Verbs;

namespace Postfleet.Cli;

/// <summary>Adds the verbs for a running cluster, which use its HTTP API. The command line of the program calls it once.</summary>
public static class CliExtensions
{
    /// <summary>Adds the verbs. Their actions return the exit codes of docs/cli.md: 0 to 4.</summary>
    /// <param name="root">The command line.</param>
    /// <param name="surroundings">Environment, input and output of the verbs.</param>
    public static void AddClientVerbs(this Command root, ClientSurroundings surroundings)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(surroundings);
        var frame = new VerbFrame(surroundings);
        Command[] verbs =
        [
            StatusVerb.Create(frame), ReloadVerb.Create(frame), .. QueueVerbs.Create(frame), .. MessageVerbs.Create(frame),
            .. ActionVerbs.Create(frame), SendVerb.Create(frame), UserVerbs.Create(frame), DkimVerbs.Create(frame),
            SuppressionVerbs.Create(frame),
            EventsVerb.Create(frame), TopVerb.Create(frame), CompletionVerb.Create(frame),
        ];
        foreach (var verb in verbs) root.Add(verb);
    }
}
