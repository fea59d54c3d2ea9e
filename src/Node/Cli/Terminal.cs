using System.Text;
using Microsoft.Win32.SafeHandles;
using Postfleet.Cli.Common;

namespace Postfleet.Node.Cli;

/// <summary>The terminal of the process, for the verbs for a cluster.</summary>
internal static class Terminal
{
    /// <summary>Adds the input, the output and the terminal of the process.</summary>
    public static ClientSurroundings Adapt(ClientSurroundings client) => client with
    {
        Output = Output(),
        OpenInput = Console.OpenStandardInput,
        OpenOutput = Console.OpenStandardOutput,
        IsTerminal = !Console.IsOutputRedirected,
        CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        Size = Size,
        ReadKey = ReadKey,
        ReadSecret = ReadSecretAsync,
    };

    /// <summary>
    /// The standard output. The console drops what it writes to a pipe whose reader has ended, so that a stream of events would never end;
    /// this writer fails instead. A file keeps the console's writer, which shares its position with other programs.
    /// </summary>
    private static TextWriter Output()
    {
        try
        {
            var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return output.CanSeek || !Console.IsOutputRedirected ? Console.Out
                : TextWriter.Synchronized(new StreamWriter(output, new UTF8Encoding(false)) { AutoFlush = true });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The standard output is closed.
            return Console.Out;
        }
    }

    private static ConsoleKeyInfo? ReadKey()
    {
        // Ctrl-C comes as a key to the verb, which has to restore the screen.
        if (!Console.IsInputRedirected) Console.TreatControlCAsInput = true;
        return !Console.IsInputRedirected && Console.KeyAvailable ? Console.ReadKey(intercept: true) : null;
    }

    // Keys are read on a thread of their own, which the end of the process ends: no call ends the wait for a key.
    private static Task<string> ReadSecretAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var line = new StringBuilder();
            while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
            {
                if (key.Key != ConsoleKey.Backspace) line.Append(key.KeyChar is '\0' ? "" : key.KeyChar);
                else if (line.Length > 0) line.Length--;
            }

            return line.ToString();
        },
        CancellationToken.None).WaitAsync(cancellationToken);

    // Some terminals, such as serial lines, report no size.
    private static (int Width, int Height) Size() =>
        (Console.WindowWidth > 0 ? Console.WindowWidth : 80, Console.WindowHeight > 0 ? Console.WindowHeight : 24);
}
