using System.Security.Cryptography.X509Certificates;
using Postfleet.Configuration;
using Postfleet.Core;

namespace Postfleet.Frontend.Options;

/// <summary>The files of hooks: the secret and the authorities. Read at the start and at each reload.</summary>
internal static class FilterFiles
{
    /// <summary>Reads a secret.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="StartFailureException">The file has no secret.</exception>
    public static string ReadSecret(string path) => SecretFile.TryRead(path, out var secret) is { } fault
        ? throw new StartFailureException($"the file '{path}' of a filter's secret cannot be used: {fault}") : secret;

    /// <summary>Reads the authorities of the hook's certificate.</summary>
    /// <param name="path">The file, in PEM form.</param>
    /// <exception cref="StartFailureException">The file has no certificate.</exception>
    public static X509Certificate2Collection ReadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        var fault = FileFaults.Try(() => authorities.ImportFromPemFile(path));
        if (fault is null && authorities.Count == 0) fault = "it has no certificate in PEM form";
        return fault is null ? authorities
            : throw new StartFailureException($"the file '{path}' of a filter's authorities cannot be used: {fault}");
    }
}
