using System.IO.Pipelines;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// The input and output of a connection as a single unbuffered stream for <c>SslStream</c>. Disposing it leaves the connection open.
/// </summary>
internal sealed class PipeStream(IDuplexPipe pipe) : Stream
{
    private readonly Stream _input = pipe.Input.AsStream(leaveOpen: true);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = pipe.Output.WriteAsync(buffer, cancellationToken);
        var hasToWait = !writing.IsCompleted;
        var flush = await writing;
        if (flush.IsCompleted) throw new IOException("the client closed the connection");
        // A flush cancelled before its begin has still accepted its octets. An exception would make TLS regard a sent record as
        // lost.
        if (flush.IsCanceled && hasToWait) throw new IOException("the client does not read");
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // WriteAsync has flushed already.
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // No synchronous I/O, which would block a thread.
    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
