using System.Diagnostics;

namespace Postfleet.Kubernetes.Tests.Tools;

/// <summary>The end of a program.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Errors);

/// <summary>Runs programs to their end.</summary>
internal static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program in a folder.</summary>
    public static Task<ToolResult> RunAsync(string program, string folder, params IReadOnlyList<string> arguments) =>
        RunAsync(program, folder, [], arguments);

    /// <summary>Runs a program in a folder, with further environment variables.</summary>
    public static async Task<ToolResult> RunAsync(
        string program, string folder, IReadOnlyCollection<KeyValuePair<string, string>> environment, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ToolResult(process.ExitCode, output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
