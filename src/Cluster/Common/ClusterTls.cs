using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using Postfleet.Core;

namespace Postfleet.Cluster.Common;

/// <summary>
/// TLS with mutual certificates for the cluster's own traffic: both sides show a certificate of the cluster's own authority, and no other
/// is trusted.
/// </summary>
public static class ClusterTls
{
    /// <summary>Reads the files of <c>Cluster:Tls</c>.</summary>
    /// <exception cref="StartFailureException">A file cannot be read, or does not hold what it should.</exception>
    public static DotNettySslSetup Load(string certificateFile, string keyFile, string authorityFile)
    {
        var authorities = new X509Certificate2Collection();
        Read("Authority", authorityFile, () => authorities.ImportFromPemFile(authorityFile));
        if (authorities.Count == 0)
            throw new StartFailureException($"Cluster:Tls:Authority {authorityFile} holds no certificate in PEM form");
        X509Certificate2 certificate = null!;
        Read("Certificate", certificateFile, () => certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
        if (!IsTrusted(certificate, authorities, out var reason))
            throw new StartFailureException($"Cluster:Tls:Certificate {certificateFile} would be refused by the other nodes: {reason}");
        return new DotNettySslSetup(
            certificate, suppressValidation: false, requireMutualAuthentication: true,
            (peer, _, remote, errors, log) => IsAllowed(peer, remote, errors, authorities, log));
    }

    /// <summary>
    /// Whether a certificate leads to one of the authorities. The machine's own store does not count: a public authority signs for anybody.
    /// </summary>
    internal static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities, out string reason)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // The cluster's authority is the operator's own; a node is shut out by a new authority, not by a list that is fetched from
        // somewhere.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        var isTrusted = chain.Build(certificate);
        reason = string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
        return isTrusted;
    }

    private static bool IsAllowed(
        X509Certificate2? peer, string remote, SslPolicyErrors errors, X509Certificate2Collection authorities, ILoggingAdapter log)
    {
        var reason = "it shows no certificate";
        if (peer is not null && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) && IsTrusted(peer, authorities, out reason))
            return true;
        log.Warning("{0} is refused in the cluster: {1}", remote, reason);
        return false;
    }

    private static void Read(string key, string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StartFailureException($"Cluster:Tls:{key} {file} cannot be read: {e.Message}", e);
        }
    }
}
