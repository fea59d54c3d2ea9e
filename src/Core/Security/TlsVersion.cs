using System.Security.Authentication;

namespace Postfleet.Core.Security;

/// <summary>The names of TLS versions, as logs and history have them.</summary>
public static class TlsVersion
{
    /// <summary>The name of a version, such as <c>TLSv1.3</c>.</summary>
    public static string NameOf(SslProtocols version) => version switch
    {
        SslProtocols.Tls12 => "TLSv1.2",
        SslProtocols.Tls13 => "TLSv1.3",
        _ => version.ToString(),
    };
}
