using Postfleet.Authentication.Dkim;
using Postfleet.Configuration;
using Postfleet.Core;

namespace Postfleet.Frontend.Options;

/// <summary>Reads the file with the private key for seals.</summary>
internal static class SealKeyFile
{
    private const int MaxLength = 64 * 1024;

    /// <summary>Reads a file with a private key.</summary>
    /// <exception cref="StartFailureException">The file cannot be used. The message has nothing of its content.</exception>
    public static DkimPrivateKey Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxLength)
                throw new StartFailureException($"Inbound:Seal:Key {path} has more than {MaxLength} octets");
            return DkimPrivateKey.TryRead(File.ReadAllText(path), out var key, out var error)
                ? key : throw new StartFailureException($"Inbound:Seal:Key {path} cannot be used: {error}");
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            throw new StartFailureException($"Inbound:Seal:Key {path} cannot be used: {e.Message}", e);
        }
    }
}
