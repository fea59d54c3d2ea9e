using System.Diagnostics;

namespace Postfleet.Testing;

/// <summary>
/// Owns one folder for all files of this test process, and a shell that outlives the process and deletes the folder. The shell waits for
/// the end of its standard input, which the kernel closes however the test process ends.
/// </summary>
internal static class Janitor
{
    // The deletion is repeated, because children that die with the test process may still write for a moment.
    private const string Script =
        """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        cat
        n=0
        while [ -e "$1" ] && [ $n -lt 100 ]; do rm -rf -- "$1"; n=$((n + 1)); sleep 0.1; done
        """;

    private static readonly Lazy<(string Root, Process Shell)> Instance = new(Start);

    /// <summary>The folder of this test process. World-readable, because PostgreSQL runs below it as another user.</summary>
    public static string Root => Instance.Value.Root;

    private static (string, Process) Start()
    {
        var root = Directory.CreateTempSubdirectory("pf-").FullName;
        File.SetUnixFileMode(root, (UnixFileMode)0b111_101_101);
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        foreach (var argument in (string[])["-c", Script, "janitor", root])
        {
            start.ArgumentList.Add(argument);
        }

        return (root, Process.Start(start) ?? throw new InvalidOperationException("no shell to clean up behind the tests"));
    }
}
