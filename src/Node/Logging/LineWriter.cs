using System.Threading.Channels;

namespace Postfleet.Node.Logging;

/// <summary>
/// Writes lines to the output from one place, as many at a time as have gathered. Bounded in lines and in bytes: what does not fit is
/// dropped, and said when there is room again.
/// </summary>
internal sealed class LineWriter : IAsyncDisposable
{
    /// <summary>Most lines that wait.</summary>
    public const int Capacity = 65_536;

    /// <summary>Most bytes that wait: peers choose how long a line is, within a line's own bounds.</summary>
    public const int MaxPendingBytes = 32 * 1024 * 1024;

    /// <summary>How long ending waits for an output that is slow to be read.</summary>
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

    /// <summary>Takes a line, or drops it and counts it; never waits.</summary>
    public void Write(byte[] line)
    {
        if (Interlocked.Add(ref _pending, line.Length) <= MaxPendingBytes && _lines.Writer.TryWrite(line)) return;
        Interlocked.Add(ref _pending, -line.Length);
        Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what has gathered, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        // An output that nobody reads must not keep the process.
        await Task.WhenAny(_writing, Task.Delay(FlushTime, _time));
        // A fault of the writer itself is not to go unseen.
        if (_writing.IsCompleted) await _writing;
    }

    private async Task WriteAsync()
    {
        while (await _lines.Reader.WaitToReadAsync()) await WriteBatchAsync(Gather());
        // What was dropped after the last batch had been gathered.
        await WriteBatchAsync(0);
    }

    private int Gather()
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
            // A closed pipe, a full disk, a closed descriptor (which .NET calls unauthorized): there is no place left to say so, and mail
            // goes on. Should the output come back, it says how much it missed.
            Interlocked.Add(ref _dropped, dropped + lines);
        }
        finally
        {
            _batch.SetLength(0);
        }
    }
}
