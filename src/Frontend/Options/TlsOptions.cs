namespace Postfleet.Frontend.Options;

/// <summary>TLS of the listeners (RFC 3207). Both files, or none for no TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>File with the certificate and those between it and its authority, in PEM form.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>File with the certificate's private key, in PEM form.</summary>
    public string Key { get; init; } = "";
}
