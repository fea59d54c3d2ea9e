using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Cli.Common;

namespace Postfleet.Cli.Tests;

/// <summary>Runs verbs against a server, with output kept.</summary>
internal sealed class Client(string? endpoint)
{
    /// <summary>The time of now in the tests.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 29, 18, 0, 0, TimeSpan.Zero);

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The text of standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>The octets of standard input, instead of <see cref="Input"/>; null for the text.</summary>
    public byte[]? InputOctets { get; init; }

    /// <summary>Replaces the kept output; null for none.</summary>
    public TextWriter? OtherOutput { get; init; }

    /// <summary>Whether the output is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether questions can be answered.</summary>
    public bool CanAsk { get; init; }

    /// <summary>What the configuration of the machine says.</summary>
    public LocalNode Local { get; init; } = new("127.0.0.1:1", "", "");

    /// <summary>Keys that are pressed, one at each question.</summary>
    public Queue<ConsoleKeyInfo> Keys { get; } = new();

    /// <summary>Lines that are typed unseen.</summary>
    public Queue<string> Secrets { get; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = new FakeTimeProvider(Now) { AutoAdvanceAmount = TimeSpan.Zero };

    /// <summary>The octets written to standard output.</summary>
    public MemoryStream Octets { get; } = new();

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    /// <summary>Runs a verb; the exit code, or -1 for a command line that does not parse.</summary>
    public Task<int> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    /// <summary>Runs a verb that a token ends, as Ctrl-C does.</summary>
    public Task<int> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        var root = new RootCommand();
        root.AddClientVerbs(new ClientSurroundings(Environment, OtherOutput ?? _output, _error)
        {
            FindNode = _ => Local,
            OpenInput = () => new MemoryStream(InputOctets ?? Encoding.UTF8.GetBytes(Input)),
            OpenOutput = () => Octets,
            IsTerminal = IsTerminal,
            CanAsk = CanAsk,
            Time = Time,
            ReadSecret = _ => Task.FromResult(Secrets.Dequeue()),
            ReadKey = () => Keys.TryDequeue(out var key) ? key : null,
        });
        var parsed = root.Parse(
            endpoint is null ? args : [.. args, "--endpoint", endpoint], new ParserConfiguration { ResponseFileTokenReplacer = null });
        return parsed.Errors.Count > 0
            ? Task.FromResult(-1)
            : parsed.InvokeAsync(
                new InvocationConfiguration { Output = _output, Error = _error, EnableDefaultExceptionHandler = false }, cancellationToken);
    }
}
