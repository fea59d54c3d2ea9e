using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core;

namespace Postfleet.Configuration;

/// <summary>The reasons why configured files cannot be used. Called by the checks of modules.</summary>
public static class FileFaults
{
    /// <summary>Whether an exception is the fault of a file: it cannot be read, or its certificate or key cannot be used.</summary>
    public static bool IsFault(Exception exception) => exception is IOException or UnauthorizedAccessException or CryptographicException
        or ArgumentException or NotSupportedException;

    /// <summary>The reason, in a single line, why an action on a file fails; null if it succeeds.</summary>
    public static string? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e) when (IsFault(e))
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>The message of the <see cref="StartFailureException"/> of an action; null if the action succeeds.</summary>
    public static string? TryStart(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (StartFailureException e)
        {
            return e.Message;
        }
    }

    /// <summary>An error line for each fault of a certificate and its private key.</summary>
    /// <param name="section">The section with the keys <c>Certificate</c> and <c>Key</c>.</param>
    /// <param name="certificateFile">The value of <c>Certificate</c>, or empty.</param>
    /// <param name="keyFile">The value of <c>Key</c>, or empty.</param>
    /// <param name="surroundings">Where files are looked for.</param>
    public static IEnumerable<string> CheckPair(string section, string certificateFile, string keyFile, CheckSurroundings surroundings)
    {
        string? certificate = null, key = null;
        if (certificateFile.Length > 0 && Try(() => certificate = File.ReadAllText(surroundings.Full(certificateFile))) is { } unread)
        {
            yield return $"{section}:Certificate is '{certificateFile}', which cannot be read: {unread}; " +
                "allowed: a file with a certificate in PEM form";
        }

        if (keyFile.Length > 0 && Try(() => key = File.ReadAllText(surroundings.Full(keyFile))) is { } noKey)
            yield return $"{section}:Key is '{keyFile}', which cannot be read: {noKey}; allowed: a file with a private key in PEM form";
        if (certificate is null) yield break;
        if (Try(() => X509Certificate2.CreateFromPem(certificate).Dispose()) is not null)
        {
            yield return $"{section}:Certificate is '{certificateFile}', which holds no certificate; " +
                "allowed: a file with a certificate in PEM form";
        }
        else if (key is not null && Try(() => X509Certificate2.CreateFromPem(certificate, key).Dispose()) is { } fault)
        {
            yield return $"{section}:Key is '{keyFile}', which does not go with {section}:Certificate '{certificateFile}': {fault}; " +
                "allowed: the private key of that certificate in PEM form, not encrypted";
        }
    }
}
