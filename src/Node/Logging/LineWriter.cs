using System.Threading.Channels;

namespace Postfleet.Node.Logging;

/// <summary>
/// Owns the task which writes log lines to the output, all queued lines at a time. The queue is bounded in lines and in bytes: further
/// lines are dropped, and their number is logged when the queue has space again.
/// </summary>
internal sealed class LineWriter : IAsyncDisposable
{
    /// <summary>Most queued lines.</summary>
    public const int Capacity = 65_536;

    /// <summary>Most queued bytes. Peers influence the length of a line within the bounds of a line.</summary>
    public const int MaxPendingBytes = 32 * 1024 * 1024;

    /// <summary>The longest wait for a slow output at the end.</summary>
    public static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);

    private const int BatchBytes = 256 * 1024;

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly MemoryStream _batch = new();
    private readonly Stream _output;
    private readonly Func<long, byte[]> _describeDropped;
    private readonly TimeProvider _time;
    private readonly Task _writing;
    private long _pending;
    private long _dropped;

    public LineWriter(Stream output, TimeProvider time, Func<long, byte[]> describeDropped)
    {
        (_output, _time, _describeDropped) = (output, time, describeDropped);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Queues a line, or drops and counts it. Never waits. Thread-safe.</summary>
    public void Write(byte[] line)
    {
        if (Interlocked.Add(ref _pending, line.Length) <= MaxPendingBytes && _lines.Writer.TryWrite(line)) return;
        Interlocked.Add(ref _pending, -line.Length);
        Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes the queued lines and ends the task.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        // An output without a reader must not keep the process alive.
        await Task.WhenAny(_writing, Task.Delay(FlushTime, _time));
        // An error of the writer itself must surface.
        if (_writing.IsCompleted) await _writing;
    }

    private async Task WriteAsync()
    {
        while (await _lines.Reader.WaitToReadAsync()) await WriteBatchAsync(Collect());
        // Reports lines dropped after the last batch was collected.
        await WriteBatchAsync(0);
    }

    private int Collect()
    {
        var lines = 0;
        while (_batch.Length < BatchBytes && _lines.Reader.TryRead(out var line))
        {
            _batch.Write(line);
            Interlocked.Add(ref _pending, -line.Length);
            lines++;
        }

        return lines;
    }

    private async Task WriteBatchAsync(int lines)
    {
        var dropped = Interlocked.Exchange(ref _dropped, 0);
        if (dropped > 0) _batch.Write(_describeDropped(dropped));
        try
        {
            if (_batch.Length == 0) return;
            await _output.WriteAsync(_batch.GetBuffer().AsMemory(0, (int)_batch.Length));
            await _output.FlushAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A closed pipe, a full disk or a closed descriptor (which .NET reports as unauthorized). There is no other place to log this
            // error, and mail must continue. When the output works again, the number of lost lines is logged.
            Interlocked.Add(ref _dropped, dropped + lines);
        }
        finally
        {
            _batch.SetLength(0);
        }
    }
}
