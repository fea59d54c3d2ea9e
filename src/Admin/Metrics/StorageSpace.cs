namespace Postfleet.Admin.Metrics;

/// <summary>The space of embedded storage, in bytes.</summary>
/// <param name="Size">The size of its files.</param>
/// <param name="Free">The free space of its volume.</param>
internal readonly record struct StorageSpace(long Size, long Free)
{
    /// <summary>Measures the space; 0 where the system does not say it.</summary>
    public static StorageSpace Of(string folder)
    {
        try
        {
            return new StorageSpace(
                new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length), new DriveInfo(folder).AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file may vanish meanwhile. Readiness tells whether the storage works.
            return default;
        }
    }
}
