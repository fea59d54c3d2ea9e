using Postfleet.Authentication.Dkim;
using Postfleet.Configuration;
using Postfleet.Core;

namespace Postfleet.Frontend.Options;

/// <summary>Reads the file with the private key for seals.</summary>
internal static class SealKeyFile
{
    private const string Allowed = "allowed: a file with a private key for RSA or Ed25519";

    /// <summary>Reads a file with a private key.</summary>
    /// <exception cref="StartFailureException">The file cannot be used. The message has nothing of its content.</exception>
    public static DkimPrivateKey Read(string path)
    {
        if (SecretFile.TryReadText(path, out var text) is { } fault) throw Fault(path, fault);
        return DkimPrivateKey.TryRead(text, out var key, out var error) ? key : throw Fault(path, $"cannot be used: {error}");
    }

    private static StartFailureException Fault(string path, string fault) => new($"Inbound:Seal:Key is '{path}', which {fault}; {Allowed}");
}
