using System.Collections;
using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Postfleet.Cli;
using Postfleet.Cli.Common;
using Postfleet.Configuration;
using Postfleet.Node.Configuration;

namespace Postfleet.Node.Cli;

/// <summary>The command line of the program: <c>postfleet [VERB] [--config FILE] [--Section:Key=value ...]</c>.</summary>
public static class CommandLine
{
    /// <summary>Exit code when the command line, the configuration or the storage is refused.</summary>
    public const int ConfigurationError = 2;

    private const string ErrorPrefix = "postfleet: ";

    private const string CertificateVerb = "cert";

    private const string InspectVerb = "inspect";

    private const string CheckVerb = "check";

    /// <summary>
    /// Parses the arguments and runs the verb. The token passed to <paramref name="serve"/> is not bound to signals, because the host
    /// handles signals itself and bounds the time of stopping.
    /// </summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="serve">Runs a node with a checked configuration and returns the exit code.</param>
    /// <returns>The exit code of <paramref name="serve"/>, 0, or <see cref="ConfigurationError"/>.</returns>
    public static Task<int> RunAsync(string[] args, Func<LoadedConfiguration, CancellationToken, Task<int>> serve) =>
        RunAsync(args, serve,
            new Surroundings(Environment.GetEnvironmentVariables(), Directory.GetCurrentDirectory(), Console.Out, Console.Error)
            {
                Adapt = Terminal.Adapt,
            });

    internal static async Task<int> RunAsync(
        string[] args, Func<LoadedConfiguration, CancellationToken, Task<int>> serve, Surroundings surroundings)
    {
        IReadOnlyList<string> settings = [];
        var config = new Option<string?>("--config")
        {
            HelpName = "FILE",
            Description = $"Configuration file, instead of ./{ConfigurationLoader.DefaultFile}",
            Recursive = true,
        };
        var root = CreateRoot(config);

        Task<int> Serve(ParseResult parsed, CancellationToken token) =>
            Load(parsed) is { } loaded ? serve(loaded, token) : Task.FromResult(ConfigurationError);

        var asksDns = new Option<bool>("--dns") { Description = "Also compare the DNS with what receivers of mail want of a sender." };

        async Task<int> Check(ParseResult parsed, CancellationToken token)
        {
            if (Load(parsed) is not { } loaded) return ConfigurationError;
            Report(loaded.Warnings.Select(warning => $"warning: {warning}"));
            if (parsed.GetValue(asksDns))
                Report((await Sending.SendingCheck.RunAsync(loaded.Options, surroundings.WorkingDirectory, token))
                    .Select(finding => $"warning: {finding}"));
            surroundings.Output.WriteLine(EffectiveConfiguration.ToJson(ConfigurationTable.Table, loaded.Options));
            return 0;
        }

        async Task<int> Migrate(ParseResult parsed, CancellationToken token)
        {
            if (Load(parsed) is not { } loaded) return ConfigurationError;
            if (await Migration.RunAsync(loaded.Options, surroundings.Output, token) is not { } problem) return 0;
            Report([problem]);
            return ConfigurationError;
        }

        LoadedConfiguration? Load(ParseResult parsed)
        {
            var file = parsed.GetValue(config);
            var result = ConfigurationLoader.Load([.. settings], file, surroundings.Environment, surroundings.WorkingDirectory);
            Report(result.Errors);
            return result.Loaded;
        }

        void Report(IEnumerable<string> errors)
        {
            foreach (var error in errors) surroundings.Error.WriteLine(ErrorPrefix + error);
        }

        root.AddClientVerbs(surroundings.Adapt(new ClientSurroundings(surroundings.Environment, surroundings.Output, surroundings.Error)
        {
            FindNode = parsed => LocalEndpoint.Find([.. settings], parsed.GetValue(config), surroundings),
        }));
        var verbsWithOptions = root.Subcommands.SelectMany(verb => verb.Aliases.Prepend(verb.Name)).Append(CertificateVerb)
            .Append(InspectVerb).Append(CheckVerb)
            .ToHashSet();
        root.SetAction(Serve);
        Verb("serve", "Run a node (the default).").SetAction(Serve);
        var check = Verb(CheckVerb, "Validate the configuration and print it as JSON, secrets masked.");
        check.Add(asksDns);
        check.SetAction(Check);
        Verb("migrate", "Migrate the tables of the storage, as each start does too, and print each step.").SetAction(Migrate);

        var certificate = Verb(CertificateVerb, "Write a certificate for a first try; a node without Tls:Certificate uses it.");
        var isSelfSigned = new Option<bool>("--self-signed") { Description = "Sign it by its own key; needed." };
        var replaces = new Option<bool>("--replace") { Description = "Replace existing files." };
        certificate.Add(isSelfSigned);
        certificate.Add(replaces);
        certificate.SetAction(parsed =>
        {
            if (!parsed.GetValue(isSelfSigned))
            {
                Report(["cert lacks --self-signed; allowed: cert --self-signed, with --replace to write both files again"]);
                return ConfigurationError;
            }

            if (Load(parsed) is not { } loaded) return ConfigurationError;
            var problem = SelfSignedCertificate.Write(
                loaded.Options, surroundings.WorkingDirectory, parsed.GetValue(replaces), TimeProvider.System.GetUtcNow(),
                surroundings.Output);
            if (problem is not null) Report([problem]);
            return problem is null ? 0 : ConfigurationError;
        });

        AddInspect(Verb(InspectVerb, "Print what SPF, DKIM, DMARC and ARC say of a message in a file, as JSON."));

        void AddInspect(Command inspect)
        {
            var file = new Argument<string>("FILE") { Description = "The message; - for standard input." };
            var client = new Option<string?>("--client") { HelpName = "IP", Description = "Address of the client, for SPF." };
            var helo = new Option<string?>("--helo") { HelpName = "NAME", Description = "Name of the client in EHLO; needs --client." };
            var from = new Option<string?>("--from") { HelpName = "ADDRESS", Description = "Reverse-path, or <>; needs --client." };
            inspect.Add(file);
            foreach (var option in new[] { client, helo, from }) inspect.Add(option);
            inspect.SetAction(async (parsed, token) =>
            {
                if (Load(parsed) is not { } loaded) return ConfigurationError;
                var problem = Origins.TryRead(
                    parsed.GetValue(client), parsed.GetValue(helo), parsed.GetValue(from), loaded.Options.Node.Hostname, out var origin)
                    ?? await Inspection.RunAsync(loaded.Options, parsed.GetValue(file)!, origin, surroundings, token);
                if (problem is not null) Report([problem]);
                return problem is null ? 0 : ConfigurationError;
            });
        }

        Command Verb(string name, string description)
        {
            var verb = new Command(name, description);
            root.Add(verb);
            return verb;
        }

        // Settings are split off first, because the value of a setting may look like a verb or an option.
        (settings, var own) = Arguments.Split(args, verbsWithOptions.Contains);
        // Response files are disabled, because the name of a configuration file may start with @.
        var parsed = root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // A request for completions has the unfinished line as an argument.
        if (parsed.Errors.Count > 0 && parsed.GetResult(root.Directives.Single()) is null)
        {
            Report(parsed.Errors.Select(error => error.Message));
            return ConfigurationError;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = surroundings.Output,
            Error = surroundings.Error,
            EnableDefaultExceptionHandler = false,
            // The default would end the process two seconds after SIGTERM, before the node has stopped.
            ProcessTerminationTimeout = null,
        });
    }

    private static RootCommand CreateRoot(Option<string?> config)
    {
        var root = new RootCommand(
            "A mail relay that runs as a cluster. Settings come from the file, then from the environment (POSTFLEET_Section__Key), " +
            "then from the command line (--Section:Key=value); see docs/configuration.md.");
        root.Options.Clear();
        root.Directives.Clear();
        root.Directives.Add(new SuggestDirective());
        root.Add(config);
        root.Add(new HelpOption());
        root.Add(new VersionOption { Action = new PrintVersion() });
        return root;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            parseResult.InvocationConfiguration.Output.WriteLine($"postfleet {version}");
            return 0;
        }
    }
}

/// <summary>Environment and output of the command line, which tests replace.</summary>
/// <param name="Environment">Environment variables.</param>
/// <param name="WorkingDirectory">Where relative file names start.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record Surroundings(IDictionary Environment, string WorkingDirectory, TextWriter Output, TextWriter Error)
{
    /// <summary>Adds input and terminal to the surroundings of the verbs for a cluster.</summary>
    public Func<ClientSurroundings, ClientSurroundings> Adapt { get; init; } = client => client;
}
