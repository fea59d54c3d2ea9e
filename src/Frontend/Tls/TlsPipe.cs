using System.IO.Pipelines;
using System.Net.Security;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// A connection under TLS, as the session's loop reads and writes it. Waiting for a client holds no buffer: reads of no octets come first.
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
        Cipher = stream.NegotiatedCipherSuite.ToString();
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>The cipher suite by its name in IANA's registry.</summary>
    public string Cipher { get; }

    /// <summary>Tells the client that no more comes (close_notify), so that it can tell an end from a cut.</summary>
    public Task ShutdownAsync() => _stream.ShutdownAsync();

    /// <summary>Lets go of TLS; what was not flushed is not sent. The connection below stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        // With a fault, or it would write what is left, to a client that may never read it.
        await Output.CompleteAsync(new IOException("the session is over"));
        await _stream.DisposeAsync();
    }
}
