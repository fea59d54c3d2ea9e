using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Core.Security;

namespace Postfleet.Cluster.Common;

/// <summary>
/// Mutual TLS for the cluster's traffic: both sides present a certificate of the cluster's own authority, the only trusted authority.
/// Loaded once at start; Akka calls the validation on its own threads.
/// </summary>
public static class ClusterTls
{
    /// <summary>Reads the files of <c>Cluster:Tls</c>.</summary>
    /// <exception cref="StartFailureException">A file cannot be read or has the wrong content.</exception>
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
    /// Whether a certificate chains to one of the authorities. The machine's own store is not trusted, because public authorities sign
    /// certificates for anybody.
    /// </summary>
    internal static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities, out string reason)
    {
        // A node is excluded by a new authority of the operator and not by a revocation list.
        using var chain = new X509Chain { ChainPolicy = PrivateAuthorities.NewPolicy(authorities) };
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
        log.Warning("{0} is refused by the cluster: {1}", remote, reason);
        return false;
    }

    private static void Read(string key, string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            throw new StartFailureException($"Cluster:Tls:{key} {file} cannot be read: {e.Message}", e);
        }
    }
}
