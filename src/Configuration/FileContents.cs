using System.Security.Cryptography;

namespace Postfleet.Configuration;

/// <summary>
/// The contents of the files named by a configuration, as hashes. A reload compares them: a file may have another content under its old
/// name. Immutable.
/// </summary>
public sealed class FileContents
{
    private const long MaxLength = 16 << 20;

    private readonly Dictionary<string, string> _hashes;

    private FileContents(Dictionary<string, string> hashes) => _hashes = hashes;

    /// <summary>Reads the files. A file that cannot be read, or has more than 16 MiB, counts as empty.</summary>
    /// <param name="table">The keys.</param>
    /// <param name="values">The values in force.</param>
    /// <param name="workingDirectory">The base directory of relative file names.</param>
    public static FileContents Read(KeyTable table, Layer values, string workingDirectory)
    {
        var hashes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (path, file) in values.Values)
        {
            if (file.Length > 0 && table.Find(path)?.Key is { Rule.Kind: ValueKind.FilePath, IsFileFollowed: false } key)
                hashes[key.ListOrPath] = hashes.GetValueOrDefault(key.ListOrPath) + Hash(Path.GetFullPath(file, workingDirectory));
        }

        return new FileContents(hashes);
    }

    /// <summary>The names (<see cref="ConfigurationKey.ListOrPath"/>) of the keys whose files have another content.</summary>
    public IReadOnlySet<string> Changes(FileContents later) =>
        _hashes.Keys.Union(later._hashes.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => _hashes.GetValueOrDefault(key) != later._hashes.GetValueOrDefault(key))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>These contents, except those of some keys, which are taken from other contents.</summary>
    public FileContents With(FileContents other, IEnumerable<string> keys)
    {
        var hashes = new Dictionary<string, string>(_hashes, StringComparer.OrdinalIgnoreCase);
        foreach (var key in keys)
        {
            hashes.Remove(key);
            if (other._hashes.TryGetValue(key, out var hash)) hashes[key] = hash;
        }

        return new FileContents(hashes);
    }

    private static string Hash(string file)
    {
        var hash = "";
        FileFaults.Try(() =>
        {
            using var stream = File.OpenRead(file);
            if (stream.Length <= MaxLength) hash = Convert.ToHexString(SHA256.HashData(stream));
        });
        return hash;
    }
}
