using System.Diagnostics;
using System.Globalization;

namespace Postfleet.Testing;

/// <summary>Finds the programs of PostgreSQL, and the user for them, because they refuse to run as root.</summary>
internal static class PostgresPrograms
{
    private const string User = "postgres";

    private static readonly Lazy<string> Folder = new(FindFolder);

    /// <summary>The folder of the programs.</summary>
    public static string Bin => Folder.Value;

    public static ProcessSpec Run(string program, params string[] arguments) =>
        new(Path.Combine(Folder.Value, program), arguments)
        {
            User = Environment.IsPrivilegedProcess ? User : null,
            Folder = "/",
        };

    /// <summary>Changes the owner of a folder to the user of the programs.</summary>
    public static void Own(string folder)
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", [User, folder]);
            chown.WaitForExit();
            if (chown.ExitCode != 0)
            {
                throw new InvalidOperationException($"chown {User} {folder} ended with {chown.ExitCode}; is PostgreSQL installed?");
            }
        }
    }

    /// <summary>The current child processes of <paramref name="parent"/>.</summary>
    public static IReadOnlyList<Process> ChildrenOf(int parent)
    {
        List<Process> children = [];
        foreach (var id in File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                children.Add(Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture)));
            }
            catch (ArgumentException)
            {
                // The process ended in between.
            }
        }

        return children;
    }

    // Debian installs them outside of PATH, in a folder for each major version.
    private static string FindFolder()
    {
        var debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var path = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        return debian
            .OrderByDescending(folder => double.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))
            .Select(folder => Path.Combine(folder, "bin"))
            .Concat(path)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new InvalidOperationException("PostgreSQL's server programs are not installed (apt-get install postgresql)");
    }
}
