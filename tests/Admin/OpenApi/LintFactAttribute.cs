using System.Diagnostics;
using Xunit;

namespace Postfleet.Admin.Tests.OpenApi;

/// <summary>A test that needs the linter of npm, which is installed once into this user's cache; skipped where that fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LintFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Problem = new(Install);

    /// <summary>Decides whether the test is skipped.</summary>
    public LintFactAttribute()
    {
        if (Problem.Value is { } problem) Skip = $"the linter of OpenAPI documents cannot be installed: {problem}";
    }

    /// <summary>The folder of the linter.</summary>
    internal static string Folder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "postfleet", "openapi-lint");

    /// <summary>Runs a program in the folder of the linter.</summary>
    internal static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true", ["NO_COLOR"] = "1" },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    // Null if the linter is there. The version is the one of the lock file.
    private static string? Install()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            var isNew = !Directory.Exists(Path.Combine(Folder, "node_modules"));
            foreach (var name in new[] { "package.json", "package-lock.json" })
            {
                var (from, to) = (Path.Combine(AppContext.BaseDirectory, "OpenApi", "Lint", name), Path.Combine(Folder, name));
                if (File.Exists(to) && File.ReadAllText(to) == File.ReadAllText(from)) continue;
                File.Copy(from, to, overwrite: true);
                isNew = true;
            }

            if (!isNew) return null;
            var (exitCode, output) = Run(
                "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", "--fetch-retries=1",
                "--fetch-timeout=30000");
            if (exitCode == 0) return null;
            // The next run tries again.
            File.Delete(Path.Combine(Folder, "package-lock.json"));
            return output.ReplaceLineEndings(" ");
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
