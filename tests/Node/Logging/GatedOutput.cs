using System.Text;

namespace Postfleet.Node.Tests.Logging;

/// <summary>
/// An output whose reader can be slow or gone: each write waits for <see cref="Open"/>, and fails while <see cref="Fault"/> is set.
/// </summary>
internal sealed class GatedOutput : Stream
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly MemoryStream _written = new();
    private int _writes;

    /// <summary>Ends when the first write has begun.</summary>
    public Task Started => _started.Task;

    /// <summary>The exception thrown by writes; null for none.</summary>
    public volatile Exception? Fault;

    public int Writes => Volatile.Read(ref _writes);

    public string Text
    {
        get
        {
            lock (_lock) return Encoding.UTF8.GetString(_written.ToArray());
        }
    }

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public GatedOutput Open()
    {
        _open.TrySetResult();
        return this;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _started.TrySetResult();
        await _open.Task;
        Interlocked.Increment(ref _writes);
        if (Fault is { } fault) throw fault;
        lock (_lock) _written.Write(buffer.Span);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
