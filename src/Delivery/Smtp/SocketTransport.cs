using System.IO.Pipelines;
using System.Net.Sockets;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>The connection below a dialogue.</summary>
internal interface ITransport
{
    /// <summary>What is read and written now; another one once it is secure.</summary>
    IDuplexPipe Pipe { get; }

    /// <summary>Puts TLS under what follows. Nothing that came in the clear may be left in the pipe.</summary>
    /// <exception cref="IOException">The handshake has failed, also for another reason than the network.</exception>
    /// <exception cref="OperationCanceledException">The token.</exception>
    ValueTask<TlsFacts> SecureAsync(TlsClient tls, string host, TlsMode mode, CancellationToken cancellationToken);

    /// <summary>
    /// Closes the connection at once, whatever the peer does. The pipes are not completed: a read that is under way may still write into a
    /// block, which therefore goes to the garbage collector, not back to the pool.
    /// </summary>
    /// <param name="isAbort">Resets the connection, so that what the peer has not taken is not sent any more.</param>
    void Close(bool isAbort);
}

/// <summary>
/// A connected socket as a pipe, without a task of its own in between: what was flushed is with the kernel, and what the kernel has
/// received is read before the error that came after it.
/// </summary>
internal sealed class SocketTransport : ITransport
{
    // Replies are small. Larger blocks for the output: each is a system call, and inside TLS a record.
    private const int ReadBlock = 4 * 1024;
    private const int WriteBlock = 16 * 1024;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private SemaphoreSlim? _slots;

    /// <param name="socket">The connected socket, which is this object's from now on.</param>
    /// <param name="slots">Where the socket's place goes back to when it is closed, if places are counted.</param>
    public SocketTransport(Socket socket, SemaphoreSlim? slots = null)
    {
        (_socket, _slots) = (socket, slots);
        _stream = new NetworkStream(socket, ownsSocket: false);
        Pipe = new StreamPipe(_stream);
    }

    public IDuplexPipe Pipe { get; private set; }

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

    private sealed class StreamPipe(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBlock, leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter
            .Create(stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBlock, leaveOpen: true));
    }
}
