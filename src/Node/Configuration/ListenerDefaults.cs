using System.Net;
using Postfleet.Configuration;
using Postfleet.Frontend.Options;
using Postfleet.Node.Options;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Defaults that depend on the certificate: without a configured one, the files <c>tls.crt</c> and <c>tls.key</c> in the storage's folder
/// are used if both exist (<c>postfleet cert --self-signed</c> writes them). With a certificate, the default listeners include submission
/// on ports 2587 (STARTTLS) and 2465 (implicit TLS), on loopback like the default listener for relay.
/// </summary>
internal static class ListenerDefaults
{
    /// <summary>The name of the default file with the certificate.</summary>
    public const string CertificateName = "tls.crt";

    /// <summary>The name of the default file with the private key.</summary>
    public const string KeyName = "tls.key";

    private const int StartTlsPort = 2587;
    private const int ImplicitTlsPort = 2465;

    /// <summary>The defaults for a configuration.</summary>
    /// <param name="values">The values in force over the fixed defaults.</param>
    /// <param name="workingDirectory">The base of relative file names.</param>
    /// <returns>The defaults; null where the fixed ones apply.</returns>
    public static PostfleetOptions? Find(Layer values, string workingDirectory)
    {
        var options = OptionsMap.Bind<PostfleetOptions>(values);
        var tls = options.Tls;
        if (tls is { Certificate: "", Key: "" })
        {
            var (certificate, key) = (Path.Combine(options.Storage.Path, CertificateName), Path.Combine(options.Storage.Path, KeyName));
            if (!File.Exists(Path.GetFullPath(certificate, workingDirectory)) || !File.Exists(Path.GetFullPath(key, workingDirectory)))
                return null;
            tls = new TlsOptions { Certificate = certificate, Key = key };
        }

        return new PostfleetOptions
        {
            Tls = tls == options.Tls ? new TlsOptions() : tls,
            Listeners =
            [
                new ListenerOptions(),
                new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, StartTlsPort), Service = ListenerOptions.Submission },
                new ListenerOptions
                {
                    Endpoint = new IPEndPoint(IPAddress.Loopback, ImplicitTlsPort), Service = ListenerOptions.Submission,
                    ImplicitTls = true,
                },
            ],
        };
    }
}
