using System.IO.Pipelines;
using System.Net.Sockets;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// A connected socket as a pipe, without a task of its own in between: what was flushed is with the kernel, and what the kernel has received is read before
/// the error that came after it.
/// </summary>
internal sealed class SocketPipe : IDuplexPipe
{
    // Replies are small. Larger blocks for the output: each is a system call.
    private const int ReadBlock = 4 * 1024;
    private const int WriteBlock = 16 * 1024;

    private readonly Socket _socket;

    public SocketPipe(Socket socket)
    {
        _socket = socket;
        var stream = new NetworkStream(socket, ownsSocket: false);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBlock, leaveOpen: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBlock, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>
    /// Closes the socket at once, whatever the peer does. The pipes are not completed: a read that is under way may still write into a block,
    /// which therefore goes to the garbage collector, not back to the pool.
    /// </summary>
    /// <param name="isAbort">Resets the connection, so that what the peer has not taken is not sent any more.</param>
    public void Close(bool isAbort)
    {
        if (isAbort) _socket.Close(0);
        else _socket.Dispose();
    }
}
