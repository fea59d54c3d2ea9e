using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Image;

/// <summary>What the Dockerfile says, without a build.</summary>
public sealed class DockerfileTests
{
    [Fact]
    public void Version_is_that_of_the_product()
    {
        var versions = Dockerfile.Values("ARG").Where(each => each.StartsWith("VERSION=", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, versions.Count);
        Assert.All(versions, each => Assert.Equal($"VERSION={Dockerfile.ProductVersion}", each));
    }

    [Fact]
    public void Context_of_the_build_is_the_copied_files_alone()
    {
        var copied = Dockerfile.Values("COPY").Where(each => !each.StartsWith("--from", StringComparison.Ordinal))
            .SelectMany(each => each.Split(' ')[..^1]).ToList();
        var ignored = File.ReadAllLines(Dockerfile.FilePath + ".dockerignore");
        Assert.Equal("*", ignored[0]);
        Assert.Equal(copied.Order(), ignored.Where(each => each[0] == '!').Select(each => each[1..]).Order());
        Assert.All(copied, each => Assert.True(Path.Exists(Path.Combine(Repository.Root, each)), each));
        Assert.All(["**/bin", "**/obj"], each => Assert.Contains(each, ignored));
    }

    [Fact]
    public void Documented_commands_have_the_arguments_without_a_default()
    {
        var required = Dockerfile.Values("ARG").Where(each => each is "SDK" or "BASE").ToList();
        Assert.Equal(2, required.Count);
        foreach (var file in new[] { "docs/kubernetes.md", "examples/compose/README.md" })
        {
            var commands = File.ReadAllLines(Path.Combine(Repository.Root, file))
                .Where(line => line.StartsWith("docker build", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(commands);
            Assert.All(commands, command => Assert.All(
                required, name => Assert.Contains($"--build-arg {name}=", command, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Build_takes_place_on_the_platform_of_the_builder_for_the_platform_of_the_image()
    {
        Assert.Equal(["--platform=$BUILDPLATFORM ${SDK} AS build", "${BASE}"], Dockerfile.Values("FROM"));
        Assert.Contains("--arch ${TARGETARCH:-amd64} ", Dockerfile.Value("RUN"), StringComparison.Ordinal);
        // The base without ICU needs a program with invariant globalization.
        Assert.Contains(
            "<InvariantGlobalization>true</InvariantGlobalization>",
            File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), StringComparison.Ordinal);
    }
}
