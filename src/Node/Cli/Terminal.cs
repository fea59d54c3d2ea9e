using Postfleet.Cli.Common;

namespace Postfleet.Node.Cli;

/// <summary>The terminal of the process, for the verbs for a cluster.</summary>
internal static class Terminal
{
    /// <summary>Adds the input and the terminal of the process.</summary>
    public static ClientSurroundings Adapt(ClientSurroundings client) => client with
    {
        OpenInput = Console.OpenStandardInput,
        OpenOutput = Console.OpenStandardOutput,
        IsTerminal = !Console.IsOutputRedirected,
        CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        Size = Size,
        ReadKey = ReadKey,
    };

    private static ConsoleKeyInfo? ReadKey()
    {
        // Ctrl-C comes as a key to the verb, which has to restore the screen.
        if (!Console.IsInputRedirected) Console.TreatControlCAsInput = true;
        return !Console.IsInputRedirected && Console.KeyAvailable ? Console.ReadKey(intercept: true) : null;
    }

    // Some terminals, such as serial lines, report no size.
    private static (int Width, int Height) Size() =>
        (Console.WindowWidth > 0 ? Console.WindowWidth : 80, Console.WindowHeight > 0 ? Console.WindowHeight : 24);
}
