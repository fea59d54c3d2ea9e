using System.Runtime.InteropServices;

namespace Postfleet.Configuration;

/// <summary>
/// Tells regular files from named pipes, sockets and devices, without opening them: a named pipe without a writer would block a start or a
/// reload for ever, and a device may never end. Called before configured files are read.
/// </summary>
public static class RegularFile
{
    // statx(2) and stat(2). The structure of statx is the same on all processor architectures of Linux, that of stat is not.
    private const int CurrentDirectory = -100;
    private const uint TypeWanted = 1;
    private const int StructLength = 256;
    private const int ModeAt = 28;
    private const int TypeMask = 0xF000;
    private const int MaxLinks = 40;

    /// <summary>Why a file cannot be read as a configured file, as text after its name; null if it can, or is missing.</summary>
    /// <param name="path">The full path; symbolic links are followed.</param>
    /// <param name="allowsStreams">Whether an open stream of this process is allowed, such as <c>/dev/stdin</c>, which can be read
    /// once.</param>
    public static string? Fault(string path, bool allowsStreams = false)
    {
        if (TypeOf(path) is not { } type || (allowsStreams && IsStream(path))) return null;
        var name = type switch
        {
            0x1000 => "a named pipe",
            0x2000 or 0x6000 => "a device",
            0xC000 => "a socket",
            _ => null,
        };
        return name is null ? null : $"is {name}; allowed: a regular file";
    }

    /// <summary>An error line for each value that names a file of another kind.</summary>
    /// <param name="table">The keys.</param>
    /// <param name="values">The values.</param>
    /// <param name="workingDirectory">The base directory of relative file names.</param>
    public static IReadOnlyList<string> Faults(KeyTable table, Layer values, string workingDirectory) =>
    [
        .. from value in values.Values
           where value.Value.Length > 0 && table.Find(value.Key)?.Key is { Rule.Kind: ValueKind.FilePath }
           let kind = Fault(Path.GetFullPath(value.Value, workingDirectory), allowsStreams: true)
           where kind is not null
           select $"{value.Key} is '{value.Value}', which {kind}",
    ];

    // The file itself, or what a chain of links leads to.
    private static bool IsStream(string path)
    {
        for (var links = 0; links < MaxLinks; links++)
        {
            if (path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal)
                || path is "/dev/stdin") return true;
            if (new FileInfo(path).LinkTarget is not { } target) return false;
            path = Path.GetFullPath(target, Path.GetDirectoryName(path) ?? "/");
        }

        return false;
    }

    private static int? TypeOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            var status = new byte[StructLength];
            return Stat(CurrentDirectory, path, 0, TypeWanted, status) == 0 ? BitConverter.ToUInt16(status, ModeAt) & TypeMask : null;
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library. The file is opened without knowing its type.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
}
