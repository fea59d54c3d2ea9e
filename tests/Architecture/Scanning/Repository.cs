namespace Postfleet.Architecture.Tests.Scanning;

/// <summary>Where the sources are, and what the rooms are.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The rooms: the folders of <c>src</c> that hold a project.</summary>
    public static IReadOnlyList<string> Rooms { get; } =
        [.. Projects("src").Select(project => Path.GetFileNameWithoutExtension(project)).Order(StringComparer.Ordinal)];

    /// <summary>The projects below a folder, relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Projects(string folder) => Directory
        .EnumerateDirectories(Path.Combine(Root, folder))
        .SelectMany(directory => Directory.EnumerateFiles(directory, "*.csproj"))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'));

    /// <summary>The assembly of a room, as it was built for these tests.</summary>
    public static string AssemblyPath(string room) =>
        Path.Combine(AppContext.BaseDirectory, room == "Node" ? "postfleet.dll" : $"Postfleet.{room}.dll");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"no Cluster.sln above {AppContext.BaseDirectory}");
    }
}
