namespace Postfleet.Testing;

/// <summary>Finds the outputs of the build from the folder of the tests.</summary>
public static class Repository
{
    private static readonly Lazy<string> Found = new(FindRoot);

    /// <summary>The folder with <c>Cluster.sln</c>.</summary>
    public static string Root => Found.Value;

    /// <summary>The node's assembly, of the same build configuration as the tests.</summary>
    public static string NodeAssembly
    {
        get
        {
            var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
            var path = Path.Combine(Root, "src/Node/bin", configuration, "net10.0/postfleet.dll");
            return File.Exists(path) ? path : throw new FileNotFoundException("the node is not built", path);
        }
    }

    /// <summary>
    /// The program that tests start: compiled ahead of time if <c>POSTFLEET_TEST_NODE</c> names it, as <c>test.sh</c> does (a start costs
    /// a quarter less processor time), and otherwise <see cref="NodeAssembly"/>.
    /// </summary>
    public static string Program =>
        Environment.GetEnvironmentVariable("POSTFLEET_TEST_NODE") is { Length: > 0 } compiled ? compiled : NodeAssembly;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Cluster.sln above {AppContext.BaseDirectory}");
    }
}
