using System.CommandLine;
using System.Globalization;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>Makes verbs with the common options, and runs them: failures become a line and an exit code.</summary>
internal sealed class VerbFrame(ClientSurroundings surroundings)
{
    private const string ErrorPrefix = "postfleet: ";

    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        HelpName = "URL",
        Description = "The API of any node, host:port or URL; else POSTFLEET_ENDPOINT, else the endpoint of the configuration here",
    };

    private readonly Option<string?> _token = new("--token")
    {
        HelpName = "TOKEN",
        Description = "The token of the API; else POSTFLEET_TOKEN, else the token of the configuration here",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print the answer of the API unchanged" };

    /// <summary>Input and output.</summary>
    public ClientSurroundings Surroundings => surroundings;

    /// <summary>The parameter of lists for their length.</summary>
    public static Option<int?> Limit() => new("--limit")
    {
        HelpName = "N",
        Description = "The most entries to list",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
            result.AddError($"--limit is '{text}'; allowed: a whole number");
            return null;
        },
    };

    /// <summary>The parameter of lists for their later pages.</summary>
    public static Option<string?> Cursor() =>
        new("--cursor") { HelpName = "CURSOR", Description = "Continue an earlier list behind its end" };

    /// <summary>The API that a command line names.</summary>
    /// <exception cref="VerbException">No endpoint is known, or the given endpoint is none.</exception>
    public ApiAddress Address(ParseResult parsed) =>
        ApiAddress.Find(parsed, parsed.GetValue(_endpoint), parsed.GetValue(_token), surroundings);

    /// <summary>Makes a verb.</summary>
    /// <param name="name">The name.</param>
    /// <param name="description">The line of the help.</param>
    /// <param name="symbols">The options and arguments of the verb's own.</param>
    /// <param name="run">Runs the verb and returns the exit code.</param>
    public Command Verb(string name, string description, IEnumerable<Symbol> symbols, Func<Session, CancellationToken, Task<int>> run)
    {
        var verb = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) verb.Add(argument);
            else verb.Add((Option)symbol);
        }

        verb.Add(_endpoint);
        verb.Add(_token);
        verb.Add(_json);
        verb.SetAction((parsed, token) => RunAsync(parsed, run, token));
        return verb;
    }

    /// <summary>Prints a text that needs no cluster, and returns the exit code.</summary>
    public Task<int> PrintAsync(string text)
    {
        try
        {
            surroundings.Output.Write(text);
            return Task.FromResult(ExitCode.Done);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FailAsync(VerbException.OfOutput(e));
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<Session, CancellationToken, Task<int>> run, CancellationToken token)
    {
        try
        {
            using var api = new ApiClient(Address(parsed));
            return await run(new Session(parsed, api, new Screen(surroundings), surroundings, parsed.GetValue(_json)), token);
        }
        catch (VerbException e)
        {
            return await FailAsync(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(VerbException.OfOutput(e));
        }
    }

    private async Task<int> FailAsync(VerbException failure)
    {
        foreach (var line in failure.More.Prepend(failure.Message).Where(line => line.Length > 0))
            await surroundings.Error.WriteAsync(ErrorPrefix + Clean.Text(line) + "\n");
        return failure.Code;
    }
}
