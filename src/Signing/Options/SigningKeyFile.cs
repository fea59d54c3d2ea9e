using Postfleet.Authentication.Dkim;
using Postfleet.Configuration;
using Postfleet.Core;

namespace Postfleet.Signing.Options;

/// <summary>Reads the file with the private key of an entry of section <c>Dkim</c>.</summary>
internal static class SigningKeyFile
{
    /// <summary>Reads a key.</summary>
    /// <param name="index">The number of the entry.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="StartFailureException">The file cannot be used. The message has nothing of its content.</exception>
    public static DkimPrivateKey Read(int index, string path)
    {
        if (SecretFile.TryReadText(path, out var text) is { } fault) throw new StartFailureException($"Dkim:{index}:Key {path} {fault}");
        return DkimPrivateKey.TryRead(text, out var key, out var error)
            ? key : throw new StartFailureException($"Dkim:{index}:Key {path} cannot be used: {error}");
    }
}
