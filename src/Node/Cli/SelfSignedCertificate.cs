using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;

namespace Postfleet.Node.Cli;

/// <summary>
/// The verb <c>cert --self-signed</c>: writes a certificate that no authority has signed, for a first try. The files are where a node
/// without a configured certificate looks for them (<see cref="ListenerDefaults"/>).
/// </summary>
internal static class SelfSignedCertificate
{
    // The longest validity that all clients accept in certificates that they were told to trust.
    private static readonly TimeSpan Validity = TimeSpan.FromDays(825);

    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    /// <summary>Writes the files and prints where they are.</summary>
    /// <param name="options">The configuration: folder and host name.</param>
    /// <param name="workingDirectory">The base of relative file names.</param>
    /// <param name="replaces">Whether existing files are replaced.</param>
    /// <param name="now">The time.</param>
    /// <param name="output">Where the lines go.</param>
    /// <returns>Null, or the reason of a failure as a line of text.</returns>
    public static string? Write(PostfleetOptions options, string workingDirectory, bool replaces, DateTimeOffset now, TextWriter output)
    {
        var folder = Path.GetFullPath(options.Storage.Path, workingDirectory);
        var (certificateFile, keyFile) = (
            Path.Combine(folder, ListenerDefaults.CertificateName), Path.Combine(folder, ListenerDefaults.KeyName));
        if (!replaces && (File.Exists(certificateFile) || File.Exists(keyFile)))
            return $"{certificateFile} or {keyFile} exists already; allowed: --replace, to write both again";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Create(options.Node.Hostname, key, now);
        var fault = FileFaults.Try(() =>
        {
            // A new folder of the storage is the owner's alone, as at the start of a node.
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            WriteSecret(keyFile, key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(certificateFile, certificate.ExportCertificatePem() + "\n");
        });
        if (fault is not null) return $"the certificate cannot be written to {folder}: {fault}";
        output.WriteLine($"certificate for {options.Node.Hostname}, localhost, 127.0.0.1 and ::1: {certificateFile}");
        output.WriteLine($"private key: {keyFile}");
        output.WriteLine($"SHA-256 fingerprint: {Convert.ToHexString(SHA256.HashData(certificate.RawData))}");
        if (options.Tls.Certificate.Length > 0 && Path.GetFullPath(options.Tls.Certificate, workingDirectory) != certificateFile)
            output.WriteLine($"not in use: Tls:Certificate is '{options.Tls.Certificate}'");
        return null;
    }

    private static X509Certificate2 Create(string hostname, ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest($"CN={hostname}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostname);
        if (!hostname.Equals("localhost", StringComparison.OrdinalIgnoreCase)) names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // Server authentication.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request.CreateSelfSigned(now - Backdating, now + Validity);
    }

    private static void WriteSecret(string file, string pem)
    {
        // A new file from the start, so that nobody has it open with other rights.
        File.Delete(file);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(new FileStream(file, options));
        writer.WriteLine(pem);
    }
}
