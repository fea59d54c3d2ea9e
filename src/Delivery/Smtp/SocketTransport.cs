using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>The transport below an SMTP dialogue.</summary>
internal interface ITransport
{
    /// <summary>The current pipe; replaced by another pipe when TLS is established.</summary>
    IDuplexPipe Pipe { get; }

    /// <summary>The IP addresses of the remote host and of this host as text; empty for a socket in the file system.</summary>
    (string Remote, string Local) Addresses { get; }

    /// <summary>Establishes TLS. The pipe must be empty of plain-text input.</summary>
    /// <exception cref="IOException">The handshake failed for any reason.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<TlsFacts> SecureAsync(TlsClient tls, string host, TlsMode mode, CancellationToken cancellationToken);

    /// <summary>
    /// Closes the connection at once. The pipes are not completed: a pending read may still write into a block, which must therefore go to
    /// the garbage collector and not back to the pool.
    /// </summary>
    /// <param name="isAbort">Whether the connection is reset and unsent output discarded.</param>
    void Close(bool isAbort);
}

/// <summary>
/// A connected socket as a pipe without a background task: flushed octets are in the kernel's buffer, and octets received before an error
/// are read before the error.
/// </summary>
internal sealed class SocketTransport : ITransport
{
    // Replies are small. Output blocks are larger, since each is one system call and one TLS record.
    private const int ReadBlock = 4 * 1024;
    private const int WriteBlock = 16 * 1024;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private SemaphoreSlim? _slots;

    /// <param name="socket">The connected socket, owned by this object.</param>
    /// <param name="slots">Released once when the socket is closed; null if sockets are not counted.</param>
    /// <param name="behind">
    /// Behind a proxy, the address of the host and the address that the proxy connects from, null where the proxy chooses.
    /// </param>
    /// <exception cref="IOException">The peer has closed the connection.</exception>
    /// <exception cref="SocketException">The peer has reset the connection.</exception>
    public SocketTransport(Socket socket, SemaphoreSlim? slots = null, (IPAddress Remote, IPAddress? Local)? behind = null)
    {
        (_socket, _slots) = (socket, slots);
        _stream = new NetworkStream(socket, ownsSocket: false);
        Addresses = behind is var (remote, local) ? (remote.ToString(), local?.ToString() ?? "")
            : (Text(socket.RemoteEndPoint), Text(socket.LocalEndPoint));
        Pipe = new StreamPipe(_stream);
    }

    public IDuplexPipe Pipe { get; private set; }

    public (string Remote, string Local) Addresses { get; }

    public async ValueTask<TlsFacts> SecureAsync(TlsClient tls, string host, TlsMode mode, CancellationToken cancellationToken)
    {
        var (stream, facts) = await tls.HandshakeAsync(_stream, host, mode, cancellationToken);
        Pipe = new StreamPipe(stream);
        return facts;
    }

    public void Close(bool isAbort)
    {
        if (isAbort) _socket.Close(0);
        else _socket.Dispose();
        Interlocked.Exchange(ref _slots, null)?.Release();
    }

    private static string Text(EndPoint? end) => end is IPEndPoint ip ? ip.Address.ToString() : "";

    private sealed class StreamPipe(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBlock, leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter
            .Create(stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBlock, leaveOpen: true));
    }
}
