using System.Diagnostics;

namespace Postfleet.Testing;

/// <summary>
/// Starts processes for tests. Each process dies with the test process, even when the test process is killed: <c>setpriv</c> sets the
/// parent-death signal and then becomes the program, so the process id is the program's own.
/// </summary>
public static class ProcessHost
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(2);

    /// <summary>Starts a program and returns at once.</summary>
    public static ChildProcess Start(ProcessSpec spec)
    {
        var start = new ProcessStartInfo("setpriv")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = spec.Folder ?? "",
        };
        start.ArgumentList.Add("--pdeathsig");
        start.ArgumentList.Add(spec.DeathSignal);
        if (spec.User is { } user)
        {
            foreach (var argument in (string[])["--reuid", user, "--regid", user, "--init-groups"])
            {
                start.ArgumentList.Add(argument);
            }
        }

        start.ArgumentList.Add("--");
        start.ArgumentList.Add(spec.File);
        foreach (var argument in spec.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        var process = SpawnThread.Run(() => Process.Start(start)) ?? throw new InvalidOperationException($"{spec.Name} did not start");
        process.StandardInput.Close();
        return new ChildProcess(process, spec);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>The lines of its output.</returns>
    /// <exception cref="InvalidOperationException">The exit code is not 0; the message has the last lines.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(ProcessSpec spec, TimeSpan? timeout = null)
    {
        await using var child = Start(spec);
        var code = await child.WaitForExitAsync(timeout ?? RunLimit);
        return code == 0 ? child.Output : throw child.Failure($"ended with code {code}");
    }
}
