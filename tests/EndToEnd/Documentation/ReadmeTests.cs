using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Documentation;

/// <summary>
/// Runs the commands of README.md in a copy of the sources. The node uses its default ports in a network namespace, where no other process
/// has them.
/// </summary>
public sealed partial class ReadmeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly TempFolder _folder = new("readme");
    private readonly List<ChildProcess> _nodes = [];
    private NetworkNamespace? _network;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        await CopySourcesAsync();
        _network = await NetworkNamespace.CreateAsync("readme");
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        // dotnet run starts the node as a child, which outlives it after a failed test.
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (WorksInFolder(process.Id)) process.Kill();
            }
        }

        foreach (var node in _nodes) await node.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task First_two_minutes_of_the_README_work()
    {
        var readme = new ReadmeText(_folder.FullPath);
        var start = readme.Commands("Start")[0];
        // Outside of the namespace, where packages can be restored: the start in it finds everything built.
        await ShellAsync(
            start.Replace("dotnet run", "dotnet build", StringComparison.Ordinal).Replace("--project ", "", StringComparison.Ordinal));

        var node = await StartAsync(start);
        var commands = readme.Commands("Two minutes");
        await InsideAsync(commands[0]);
        await node.WaitForLineAsync(" settled ", Limit);
        var captured = JsonNode.Parse(await InsideAsync(commands[1]))!["messages"]![0]!;
        Assert.Equal("me@example.org", (string?)captured["from"]);
        var message = await InsideAsync(commands[2].Replace("ID", (string)captured["id"]!, StringComparison.Ordinal));
        Assert.Contains("To: someone@anything.test", message, StringComparison.Ordinal);

        AssertSample(readme.Blocks("Two minutes", "").Single(), node.Output);
        Assert.True(Directory.Exists(_folder["data"]), "the data is not where the README says");
        Assert.Equal(0, await node.TerminateAsync(Limit));

        File.WriteAllText(_folder["postfleet.json"], readme.Blocks("Two minutes", "json").Single());
        var configured = await StartAsync(start);
        Assert.Contains(
            configured.Output, line => line.Contains($"configuration read file={_folder["postfleet.json"]}", StringComparison.Ordinal));
        Assert.Equal(0, await configured.TerminateAsync(Limit));
    }

    // Each line of the sample must appear with level, event and fields in order. The sample may omit fields.
    private static void AssertSample(string sample, IReadOnlyList<string> log)
    {
        var lines = sample.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.True(log.Any(Pattern(line).IsMatch), $"no line of the log is like: {line}"));
    }

    private static Regex Pattern(string sample)
    {
        var words = Field().Replace(sample[(sample.IndexOf(' ', StringComparison.Ordinal) + 1)..], "\u0001$1=").Split('\u0001');
        return new Regex($"^\\S+ {string.Join(".*", words.Select(word => Regex.Escape(word.Trim(' ', '…'))))}");
    }

    private bool WorksInFolder(int id)
    {
        try
        {
            return new FileInfo($"/proc/{id}/cwd").LinkTarget == _folder.FullPath;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has ended in between.
            return false;
        }
    }

    private async Task<ChildProcess> StartAsync(string command)
    {
        var node = ProcessHost.Start(_network!.Inside(Shell($"exec {command}")));
        _nodes.Add(node);
        await node.WaitForLineAsync(" ready ", Limit);
        return node;
    }

    // Without standard error, because curl writes its progress there.
    private Task<string> InsideAsync(string command) => RunAsync(_network!.Inside(Shell($"{{ {command}; }} 2>errors.txt")));

    private Task<string> ShellAsync(string command) => RunAsync(Shell(command));

    private async Task<string> RunAsync(ProcessSpec spec)
    {
        var process = ProcessHost.Start(spec);
        await using (process)
        {
            var code = await process.WaitForExitAsync(Limit);
            var text = string.Join('\n', process.Output);
            output.WriteLine($"{spec.Name}: code {code}\n{text}");
            Assert.Equal(0, code);
            return text;
        }
    }

    private ProcessSpec Shell(string command) => new("sh", ["-c", command])
    {
        Name = command,
        Folder = _folder.FullPath,
        Environment = new Dictionary<string, string> { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["MSBUILDDISABLENODEREUSE"] = "1" },
    };

    // The files of a clone, in their current state.
    private async Task CopySourcesAsync()
    {
        var list = new ProcessStartInfo(
            "git", ["ls-files", "--cached", "--others", "--exclude-standard", "README.md", "*.props", "*.targets", "global.json", "src"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(list)!;
        var files = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        foreach (var file in files.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(file => File.Exists(Path.Combine(Repository.Root, file))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
            File.Copy(Path.Combine(Repository.Root, file), _folder[file]);
        }
    }

    [GeneratedRegex(@"(\w+)=(""(\\.|[^""\\])*""|\S*)")]
    private static partial Regex Field();
}
