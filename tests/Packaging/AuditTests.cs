using Postfleet.Testing;
using Xunit;

namespace Postfleet.Packaging.Tests;

/// <summary>The build's settings and packaging/audit.sh, with a source of data on vulnerabilities in the place of the public one.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private const string Advisory = "https://advisories.test/1";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly TempFolder _folder = new("audit");
    private ChildProcess _server = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        // NuGet keeps answers by address for half an hour: each run needs a path of its own.
        var name = Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(_folder[$"web/{name}"]);
        _server = ProcessHost.Start(
            new ProcessSpec("python3", ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", _folder["web"]]));
        await Eventually.True(() => Port() is not null, Limit, "python3 -m http.server names no port");
        _url = $"http://127.0.0.1:{Port()}/{name}";

        Directory.CreateDirectory(_folder["clone/src/Probe"]);
        foreach (var file in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json" })
            File.Copy(Path.Combine(Repository.Root, file), _folder[$"clone/{file}"]);
        await File.WriteAllTextAsync(
            _folder["clone/src/Probe/Probe.csproj"],
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup>
                <PackageReference Include="Akka.Remote" />
              </ItemGroup>
            </Project>
            """);

        string? Port() => _server.Output.Select(line => line.Split(" port ")).FirstOrDefault(parts => parts.Length > 1)?[1].Split(' ')[0];
        Write("index.json", $$"""
            { "version": "3.0.0", "resources": [ { "@type": "VulnerabilityInfo/6.7.0", "@id": "{{_url}}/vulnerabilities.json" } ] }
            """);
        Write("vulnerabilities.json", $$"""
            [ { "@name": "base", "@id": "{{_url}}/base.json", "@updated": "2026-01-01T00:00:00Z" } ]
            """);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>DotNetty.Common is a package that Akka.Remote needs, and no project names it.</summary>
    [Theory]
    [InlineData("dotnetty.common", 0)]
    [InlineData("dotnetty.common", 3)]
    public async Task Known_vulnerability_of_an_indirect_package_breaks_the_restore(string package, int severity)
    {
        Write("base.json", $$"""
            { "{{package}}": [ { "url": "{{Advisory}}", "severity": {{severity}}, "versions": "(, 99.0.0)" } ] }
            """);
        var (code, output) = await RestoreAsync();
        Assert.NotEqual(0, code);
        var error = output.First(line => line.Contains($"error NU190{severity + 1}", StringComparison.Ordinal));
        Assert.Contains(Advisory, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vulnerability_of_other_versions_breaks_nothing()
    {
        Write("base.json", $$"""
            { "dotnetty.common": [ { "url": "{{Advisory}}", "severity": 3, "versions": "(, 0.0.1)" } ] }
            """);
        var (code, output) = await RestoreAsync();
        Assert.True(code == 0, string.Join('\n', output));
    }

    [Fact]
    public async Task Source_without_data_breaks_the_restore()
    {
        Write("index.json", """{ "version": "3.0.0", "resources": [ ] }""");
        var (code, output) = await RestoreAsync();
        Assert.NotEqual(0, code);
        Assert.Contains(output, line => line.Contains("error NU1905", StringComparison.Ordinal));
    }

    private void Write(string file, string content) =>
        File.WriteAllText(Path.Combine(Directory.GetDirectories(_folder["web"]).Single(), file), content);

    private async Task<(int Code, IReadOnlyList<string> Output)> RestoreAsync()
    {
        await ProcessHost.RunAsync(
            new ProcessSpec(Path.Combine(Repository.Root, "packaging/audit.sh"), [_folder.FullPath, $"{_url}/index.json"]));
        await using var restore = ProcessHost.Start(
            new ProcessSpec("dotnet", ["restore", _folder["clone/src/Probe/Probe.csproj"], "-nodeReuse:false"]));
        return (await restore.WaitForExitAsync(Limit), restore.Output);
    }
}
