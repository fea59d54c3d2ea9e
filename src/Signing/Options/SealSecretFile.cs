using Postfleet.Configuration;
using Postfleet.Core;

namespace Postfleet.Signing.Options;

/// <summary>Reads the file with the secret that seals private keys in the storage.</summary>
internal static class SealSecretFile
{
    /// <summary>The least characters of the secret, so that it is not a word.</summary>
    public const int MinLength = 32;

    /// <summary>Reads the secret.</summary>
    /// <exception cref="StartFailureException">The file cannot be used. The message has nothing of its content.</exception>
    public static string Read(string file)
    {
        if (SecretFile.TryRead(file, out var secret) is { } fault) throw new StartFailureException($"Signing:SecretFile {file} {fault}");
        return secret.Length >= MinLength ? secret : throw new StartFailureException(
            $"Signing:SecretFile {file} has {secret.Length} characters; allowed: {MinLength} or more");
    }
}
