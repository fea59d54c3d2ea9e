namespace Postfleet.Frontend.Options;

/// <summary>Section <c>Tls</c>: the certificate of the listeners (RFC 3207). Both files are set, or both are empty for no TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>File with the certificate and its intermediate certificates, in PEM form.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>File with the certificate's private key, in PEM form.</summary>
    public string Key { get; init; } = "";
}
