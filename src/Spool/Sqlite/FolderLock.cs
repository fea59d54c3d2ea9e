using System.Globalization;
using System.Runtime.Versioning;
using Postfleet.Core;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// Holds the lock of a data folder until it is disposed of or the process ends, also by a crash. Two nodes on the same folder would deliver
/// the same mail, so the second node must not start. The folder and its files hold mail, so only their owner gets access to them,
/// independent of the umask of the process.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const UnixFileMode OwnersFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Created before SQLite creates them, since its log and shared memory get the mode of their database.
    private static readonly string[] Databases = ["spool.db", "journal.db"];

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Creates the folder if it is missing, and takes the lock.</summary>
    /// <exception cref="StartFailureException">The folder cannot be created or written, or another process has the lock.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, "spool.lock");
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, OwnersFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailureException($"cannot make the data folder '{folder}': {e.Message}", e);
        }

        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            if (!OperatingSystem.IsWindows()) CloseToOthers(folder);
            return new FolderLock(file);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartFailureException($"cannot write to the data folder '{folder}': {e.Message}", e);
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new StartFailureException($"the data folder '{folder}' belongs to another running process; each node needs its own", e);
        }
        catch (IOException e)
        {
            throw new StartFailureException($"cannot write to the data folder '{folder}': {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Makes a file for its owner alone where it is missing.</summary>
    public static void CreatePrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersFile;
        File.Open(path, options).Dispose();
    }

    [UnsupportedOSPlatform("windows")]
    private static void CloseToOthers(string folder)
    {
        foreach (var database in Databases) CreatePrivate(Path.Combine(folder, database));
        // An earlier version or a copy may have left files open to others. A folder with the sticky bit (for example /tmp) is shared by all
        // users of the machine: the mode of the folder and the other files in it are not the node's to change.
        if (File.GetUnixFileMode(folder).HasFlag(UnixFileMode.StickyBit)) return;
        Close(folder, OwnersFolder);
        foreach (var file in Directory.EnumerateFiles(folder)) Close(file, OwnersFile);
    }

    [UnsupportedOSPlatform("windows")]
    private static void Close(string path, UnixFileMode mode)
    {
        if (File.GetUnixFileMode(path) == mode) return;
        try
        {
            File.SetUnixFileMode(path, mode);
        }
        catch (UnauthorizedAccessException)
        {
            // The folder of a mounted volume may belong to another user, and only the owner can change its permissions.
        }
    }

    // The framework's code for EWOULDBLOCK on Unix, and for ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException e) => (e.HResult & 0xffff) is 11 or 35 or 32;
}
