using System.Text.RegularExpressions;
using Postfleet.Packaging.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Packaging.Tests;

[Collection(PackageTestGroup.Name)]
public sealed partial class PackageTests(DebianPackage package)
{
    [Fact]
    public async Task Lintian_finds_no_fault()
    {
        // The package of the tests is not compressed, for the sake of speed.
        const string speed = "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball";
        Assert.Empty(await ProcessHost.RunAsync(new ProcessSpec(
            "lintian", ["--allow-root", "--fail-on", "error,warning", "--suppress-tags", speed, package.FullPath])));
    }

    [Fact]
    public async Task Release_candidate_is_older_than_the_release()
    {
        var control = await package.ReadAsync("DEBIAN/control");
        Assert.Contains("Version: 1.2.0~rc.1", control);
        await ProcessHost.RunAsync(new ProcessSpec("dpkg", ["--compare-versions", "1.2.0~rc.1", "lt", "1.2.0"]));
    }

    [Fact]
    public async Task Configuration_survives_upgrades()
    {
        Assert.Equal(["/etc/postfleet/postfleet.json"], await package.ReadAsync("DEBIAN/conffiles"));
        Assert.True(File.Exists(package["etc/postfleet/postfleet.json"]));
    }

    [Fact]
    public async Task All_files_belong_to_root_and_only_root_can_change_them()
    {
        var files = await ProcessHost.RunAsync(new ProcessSpec("dpkg-deb", ["-c", package.FullPath]));
        Assert.All(files, file => Assert.Matches("^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root/root ", file));
        Assert.Contains(files, file => file.StartsWith("-rwxr-xr-x", StringComparison.Ordinal)
            && file.EndsWith("/usr/lib/postfleet/postfleet", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("/usr/bin/postfleet -> ../lib/postfleet/postfleet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Manual_page_has_each_verb_with_its_other_names_and_options()
    {
        var source = await package.ReadAsync("usr/share/man/man1/postfleet.1.gz");
        var page = string.Join('\n', source).Replace("\\-", "-", StringComparison.Ordinal);
        var verbs = (await BuiltProgram.RunAsync("--help")).SkipWhile(line => line != "Commands:").Skip(1)
            .TakeWhile(line => line.Length > 0).ToList();
        Assert.True(verbs.Count > 20, string.Join('\n', verbs));
        foreach (var verb in verbs)
        {
            var names = VerbNames().Match(verb).Value.Split(", ");
            Assert.Contains($"\n.SS {names[^1]} ", page, StringComparison.Ordinal);
            Assert.All(names[..^1], name => Assert.Contains($"Also: {name}", page, StringComparison.Ordinal));
        }

        var section = page[page.IndexOf("\n.SS queues ", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n.SS queue ", StringComparison.Ordinal)];
        Assert.Contains("\n.B --domain <DOMAIN>\n", section, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "usr/share/bash-completion/completions/postfleet")]
    [InlineData("zsh", "usr/share/zsh/vendor-completions/_postfleet")]
    [InlineData("fish", "usr/share/fish/vendor_completions.d/postfleet.fish")]
    public async Task Completion_of_each_shell_is_the_one_of_the_program(string shell, string file)
    {
        var script = await BuiltProgram.RunAsync("completion", shell);
        Assert.NotEmpty(script);
        Assert.Equal(script, await package.ReadAsync(file));
    }

    [Fact]
    public async Task Licences_of_libraries_are_in_the_package()
    {
        var copyright = await package.ReadAsync("usr/share/doc/postfleet/copyright");
        Assert.Contains("License: Apache-2.0", copyright);
        var notices = await package.ReadAsync("usr/share/doc/postfleet/NOTICES.gz");
        Assert.Contains(notices, line => line.StartsWith("LightningDB ", StringComparison.Ordinal));
        Assert.Contains(notices, line => line.Trim() == "The OpenLDAP Public License");
    }

    [GeneratedRegex(@"(?<=^  )[a-z]+(, [a-z]+)*")]
    private static partial Regex VerbNames();
}
