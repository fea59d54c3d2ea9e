using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Security;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// A connection under TLS, as pipes for the session's loop. A zero-byte read precedes each read, so an idle connection holds no buffer.
/// </summary>
internal sealed class TlsPipe : IDuplexPipe, IAsyncDisposable
{
    // A record has 16 KiB at most (RFC 8446 section 5.1).
    private const int ReadBuffer = 16 * 1024;

    private readonly SslStream _stream;

    public TlsPipe(SslStream stream)
    {
        _stream = stream;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBuffer, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        Facts = new SessionTls(TlsVersion.NameOf(stream.SslProtocol), stream.NegotiatedCipherSuite.ToString());
        Protocol = stream.SslProtocol;
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>The version of TLS.</summary>
    public SslProtocols Protocol { get; }

    /// <summary>The version and the cipher suite by their names.</summary>
    public SessionTls Facts { get; }

    /// <summary>The channel binding <c>tls-server-end-point</c> of this server's certificate (RFC 5929 section 4.1).</summary>
    public ReadOnlyMemory<byte> EndPointBinding => _stream.LocalCertificate is X509Certificate2 own ? BindingOf(own) : default;

    // The hash of the certificate's signature, but SHA-256 in place of MD5 and SHA-1.
    private static byte[] BindingOf(X509Certificate2 own)
    {
        // ecdsa-with-SHA384 and -SHA512, sha384 and sha512WithRSAEncryption.
        var octets = own.RawData;
        return own.SignatureAlgorithm.Value switch
        {
            "1.2.840.10045.4.3.3" or "1.2.840.113549.1.1.12" => SHA384.HashData(octets),
            "1.2.840.10045.4.3.4" or "1.2.840.113549.1.1.13" => SHA512.HashData(octets),
            _ => SHA256.HashData(octets),
        };
    }

    /// <summary>Sends close_notify, by which the client distinguishes the end of the session from a truncation.</summary>
    public Task ShutdownAsync() => _stream.ShutdownAsync();

    /// <summary>Ends TLS without sending unflushed output. The connection below stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        // Completed with an exception: otherwise it would write the remaining output, to a client which may never read.
        await Output.CompleteAsync(new IOException("the session is over"));
        await _stream.DisposeAsync();
    }
}
