namespace Postfleet.Architecture.Tests.Scanning;

/// <summary>The paths of the sources and the names of the modules.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The modules: the folders of <c>src</c> with a project.</summary>
    public static IReadOnlyList<string> Modules { get; } =
        [.. Projects("src").Select(project => Path.GetFileNameWithoutExtension(project)).Order(StringComparer.Ordinal)];

    /// <summary>The projects below a folder, relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Projects(string folder) => Directory
        .EnumerateDirectories(Path.Combine(Root, folder))
        .SelectMany(directory => Directory.EnumerateFiles(directory, "*.csproj"))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'));

    /// <summary>The assembly of a module, as it was built for these tests.</summary>
    public static string AssemblyPath(string module) =>
        Path.Combine(AppContext.BaseDirectory, module == "Node" ? "postfleet.dll" : $"Postfleet.{module}.dll");

    /// <summary>The sources of a module, without generated ones.</summary>
    public static IEnumerable<string> Sources(string module) => Directory
        .EnumerateFiles(Path.Combine(Root, "src", module), "*.cs", SearchOption.AllDirectories)
        .Where(IsOwn);

    /// <summary>The sources below some folders, or of the whole repository, without generated ones.</summary>
    public static IEnumerable<string> AllSources(params string[] folders) =>
        (folders.Length > 0 ? folders : ["src", "tests", "bench", "tools"])
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(IsOwn);

    /// <summary>The path of a file below the root, with forward slashes.</summary>
    public static string Name(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static bool IsOwn(string file) =>
        !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"no Cluster.sln above {AppContext.BaseDirectory}");
    }
}
