using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

public sealed class SolutionTests
{
    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    [InlineData("tools")]
    public void Every_project_is_in_the_solution(string folder)
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Cluster.sln")).Replace('\\', '/');
        var projects = Repository.Projects(folder).ToList();
        Assert.NotEmpty(projects);
        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_module_has_its_tests() => Assert.All(
        Repository.Modules,
        module => Assert.True(File.Exists(Path.Combine(Repository.Root, "tests", module, $"{module}.Tests.csproj")), module));
}
