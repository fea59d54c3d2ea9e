using System.Collections;
using System.CommandLine;

namespace Postfleet.Cli.Common;

/// <summary>Environment, input and output of the verbs, which tests replace.</summary>
/// <param name="Environment">Environment variables.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ClientSurroundings(IDictionary Environment, TextWriter Output, TextWriter Error)
{
    /// <summary>Opens the standard input.</summary>
    public Func<Stream> OpenInput { get; init; } = () => Stream.Null;

    /// <summary>Opens the standard output for octets.</summary>
    public Func<Stream> OpenOutput { get; init; } = () => Stream.Null;

    /// <summary>Whether the output is a terminal: tables have lines and colours there.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether the input is a terminal, where a question can be answered.</summary>
    public bool CanAsk { get; init; }

    /// <summary>The columns and rows of the terminal, asked when something is drawn.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    /// <summary>Reads a pressed key without waiting; null for none.</summary>
    public Func<ConsoleKeyInfo?> ReadKey { get; init; } = () => null;

    /// <summary>Reads a line from the terminal without showing it. The token ends the wait.</summary>
    public Func<CancellationToken, Task<string>> ReadSecret { get; init; } = _ => Task.FromResult("");

    /// <summary>The longest wait for names of the cluster that complete a word.</summary>
    public TimeSpan CompletionLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock of ages and pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Finds the API in the configuration of a node on this machine.</summary>
    public required Func<ParseResult, LocalNode> FindNode { get; init; }
}

/// <summary>The API of a node on this machine, by its configuration.</summary>
/// <param name="Endpoint">The endpoint, host:port; empty when there is none.</param>
/// <param name="Token">The token; empty for none.</param>
/// <param name="Problem">Why there is no endpoint, as a line of text; empty when there is an endpoint.</param>
public sealed record LocalNode(string Endpoint, string Token, string Problem);
