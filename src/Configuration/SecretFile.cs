using System.Text;
using System.Text.Unicode;

namespace Postfleet.Configuration;

/// <summary>
/// A file with a secret in one line, which is read each time the secret is needed: a mounted secret gets another content without a signal.
/// Thread-safe.
/// </summary>
/// <param name="path">The file.</param>
public sealed class SecretFile(string path)
{
    /// <summary>Most octets of a file. Tokens of cloud services, as passwords, have a few thousand.</summary>
    public const int MaxLength = 64 << 10;

    private volatile string? _last;

    /// <summary>
    /// The secret. While the file cannot be used, for example because it is being replaced, the last secret is returned.
    /// </summary>
    /// <exception cref="IOException">The file could not be used yet.</exception>
    public string Read()
    {
        if (TryRead(path, out var secret) is not { } fault) return _last = secret;
        return _last ?? throw new IOException($"the file '{path}' {fault}");
    }

    /// <summary>Reads the secret of a file, which may end with line ends.</summary>
    /// <param name="path">The file.</param>
    /// <param name="secret">The secret; empty with a fault.</param>
    /// <returns>The fault of the file, as text after its name; null for a file with a secret.</returns>
    public static string? TryRead(string path, out string secret)
    {
        secret = "";
        if (TryReadText(path, out var text) is { } fault) return fault;
        text = text.TrimEnd('\r', '\n');
        if (text.Length == 0) return "is empty";
        if (text.Any(char.IsControl)) return "holds more than a line of text";
        secret = text;
        return null;
    }

    /// <summary>Reads a file of at most <see cref="MaxLength"/> octets in UTF-8.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its text; empty with a fault.</param>
    /// <returns>The fault of the file, as text after its name; null for none.</returns>
    public static string? TryReadText(string path, out string text)
    {
        text = "";
        if (RegularFile.Fault(Path.GetFullPath(path), allowsStreams: true) is { } kind) return kind;
        var buffer = new byte[MaxLength + 1];
        var length = 0;
        if (FileFaults.Try(() =>
        {
            using var file = File.OpenRead(path);
            length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }) is { } fault) return $"cannot be read: {fault}";
        if (length > MaxLength) return $"has more than {MaxLength} octets";
        if (!Utf8.IsValid(buffer.AsSpan(0, length))) return "is not UTF-8";
        text = Encoding.UTF8.GetString(buffer, 0, length);
        return null;
    }
}
