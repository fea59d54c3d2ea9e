using Postfleet.Packaging.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Packaging.Tests;

/// <summary>The Debian package of the built program, made once for the tests of the collection.</summary>
public sealed class DebianPackage : IAsyncLifetime
{
    private readonly TempFolder _folder = new("package");

    /// <summary>The version of the package in the form of the program.</summary>
    public const string Version = "1.2.0-rc.1";

    /// <summary>The package file.</summary>
    public string FullPath { get; private set; } = "";

    /// <summary>The folder from which the package was made.</summary>
    public string Program => _folder["program"];

    /// <summary>The path of an unpacked file; the folder DEBIAN has the control files.</summary>
    public string this[string name] => Path.Combine(_folder["unpacked"], name);

    /// <summary>The lines of an unpacked file, compressed or not.</summary>
    public Task<IReadOnlyList<string>> ReadAsync(string name) =>
        ProcessHost.RunAsync(new ProcessSpec(name.EndsWith(".gz", StringComparison.Ordinal) ? "zcat" : "cat", [this[name]])
        { LinesHeld = 100_000 });

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        BuiltProgram.CopyTo(Program);
        var made = await ProcessHost.RunAsync(
            new ProcessSpec(Path.Combine(Repository.Root, "packaging/deb.sh"), [Program, Version, _folder["out"]])
            {
                Environment = new Dictionary<string, string>(BuiltProgram.Environment)
                {
                    ["COMPRESSION"] = "none",
                    ["SOURCE_DATE_EPOCH"] = "1700000000",
                },
            });
        FullPath = made[^1];
        await ProcessHost.RunAsync(new ProcessSpec("dpkg-deb", ["-R", FullPath, _folder["unpacked"]]));
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The tests that share the package.</summary>
[CollectionDefinition(Name)]
public sealed class PackageTestGroup : ICollectionFixture<DebianPackage>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "Debian package";
}
