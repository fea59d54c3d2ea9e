using System.CommandLine;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>A run of a verb.</summary>
/// <param name="Parsed">The parsed command line.</param>
/// <param name="Api">The API of the cluster.</param>
/// <param name="Screen">Writes for people.</param>
/// <param name="Surroundings">Input, output and clock.</param>
/// <param name="IsJson">Whether the answer of the API is written as it came.</param>
internal sealed record Session(ParseResult Parsed, ApiClient Api, Screen Screen, ClientSurroundings Surroundings, bool IsJson)
{
    /// <summary>Asks the API, and writes its answer as it came or for people.</summary>
    /// <param name="path">The path below <c>/api/v1</c>.</param>
    /// <param name="show">Writes the answer for people.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<int> ShowAsync(string path, Action<ApiAnswer> show, CancellationToken cancellationToken)
    {
        var answer = await Api.GetAsync(path, cancellationToken);
        if (IsJson) Write(answer);
        else show(answer);
        return ExitCode.Done;
    }

    /// <summary>Writes an answer as it came.</summary>
    public void Write(ApiAnswer answer) => Surroundings.Output.Write(answer.Text.EndsWith('\n') ? answer.Text : answer.Text + "\n");

    /// <summary>Asks for the consent to a change.</summary>
    /// <param name="verb">The verb, for the error without a terminal.</param>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="VerbException">There is no terminal.</exception>
    public async Task<bool> ConfirmAsync(string verb, string question, CancellationToken cancellationToken)
    {
        if (!Surroundings.CanAsk)
            throw new VerbException(ExitCode.WrongUse, $"{verb} asks before it acts, and there is no terminal: add --yes");
        await Surroundings.Error.WriteAsync($"{question} [y/N] ");
        using var reader = new StreamReader(Surroundings.OpenInput());
        return (await reader.ReadLineAsync(cancellationToken))?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    /// <summary>Names the nodes whose share is missing in an answer, and how to see the rest of a list.</summary>
    public void Complete(ApiAnswer answer)
    {
        var unanswered = answer.Root.Get("unanswered").Words();
        if (unanswered.Length > 0) Screen.Warn($"warning: no answer from {unanswered}; the list is without their share");
        if (answer.Root.Get("cursor").Words() is { Length: > 0 } cursor) Screen.Warn($"the list is longer; next page: --cursor {cursor}");
    }
}
