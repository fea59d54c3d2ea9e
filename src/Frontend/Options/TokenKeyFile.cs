using Postfleet.Authentication.Tokens;
using Postfleet.Configuration;
using Postfleet.Core;

namespace Postfleet.Frontend.Options;

/// <summary>Reads the file with the keys of a token issuer.</summary>
internal static class TokenKeyFile
{
    /// <summary>Reads a file with a JWK set.</summary>
    /// <exception cref="StartFailureException">The file cannot be used.</exception>
    public static TokenKeys Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > TokenKeys.MaxLength)
                throw new StartFailureException($"Auth:OAuth:KeyFile {path} has more than {TokenKeys.MaxLength} octets");
            return TokenKeys.TryParse(File.ReadAllBytes(path), out var keys, out var error)
                ? keys : throw new StartFailureException($"Auth:OAuth:KeyFile {path} cannot be used: {error}");
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            throw new StartFailureException($"Auth:OAuth:KeyFile {path} cannot be used: {e.Message}", e);
        }
    }
}
