using System.Security.Cryptography.X509Certificates;

namespace Postfleet.Core.Security;

/// <summary>Verifies certificates against an operator's own certificate authorities. Thread-safe.</summary>
public static class PrivateAuthorities
{
    /// <summary>
    /// A policy that trusts only the given authorities. Revocation lists and intermediate certificates are not downloaded: their URLs are
    /// in the peer's certificate, so a stranger chooses them.
    /// </summary>
    public static X509ChainPolicy NewPolicy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
